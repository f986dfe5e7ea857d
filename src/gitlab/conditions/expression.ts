import { compileRegex, type Count, type Regex } from './linear-regex.ts';
import { regexToken, tokenize, type Token } from './expression-tokens.ts';

export type Lookup = (name: string) => string | undefined;
/** Of variables, or of inputs, which may be true or false. */
type ValueLookup = (name: string) => string | boolean | undefined;
export type Condition = (lookup: ValueLookup) => boolean;

type Value = string | boolean | Regex | null;
type Operand = (lookup: ValueLookup) => Value;

const MAX_LENGTH = 10_000;
const MAX_NESTING = 100;

/**
 * Compiles an expression of `rules:if` (https://docs.gitlab.com/ci/jobs/job_rules/#cicd-variable-expressions): `==`,
 * `!=`, `=~`, `!~`, `&&` before `||`, `!` before all of them, parentheses, `null`, `true`, `false`, a bare variable. As
 * in GitLab only the value of the whole expression counts as false if it is blank: within, an empty text is a value
 * like any other, so that `$EMPTY || $FULL` is empty. A text in place of the condition states what is wrong.
 */
export function compileExpression(expression: string, count?: Count): Condition | string {
  if (expression.length > MAX_LENGTH) return `it is longer than ${MAX_LENGTH} characters`;
  const tokens = tokenize(expression);
  if (typeof tokens === 'string') return tokens;
  try {
    return new Parser(tokens, count).parse();
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
}

class Refusal extends Error {}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #count: Count | undefined;
  #at = 0;
  #nesting = 0;

  constructor(tokens: readonly Token[], count: Count | undefined) {
    this.#tokens = tokens;
    this.#count = count;
  }

  parse(): Condition {
    const value = this.#either();
    if (this.#at < this.#tokens.length) throw new Refusal(`${this.#shown()} is not expected here`);
    return (lookup) => isPresent(value(lookup));
  }

  #either(): Operand {
    let left = this.#both();
    while (this.#takes('||')) {
      const [first, second] = [left, this.#both()];
      left = (lookup) => {
        const value = first(lookup);
        return value === null || value === false ? second(lookup) : value;
      };
    }
    return left;
  }

  #both(): Operand {
    let left = this.#comparison();
    while (this.#takes('&&')) {
      const [first, second] = [left, this.#comparison()];
      left = (lookup) => {
        const value = first(lookup);
        return value === null || value === false ? value : second(lookup);
      };
    }
    return left;
  }

  #comparison(): Operand {
    let left = this.#single();
    for (;;) {
      const operator = COMPARISONS.find((text) => this.#takes(text));
      if (operator === undefined) return left;
      const [first, second] = [left, this.#single()];
      left = (lookup) => compare(operator, first(lookup), { right: second(lookup), count: this.#count });
    }
  }

  #single(): Operand {
    if (this.#takes('!')) return this.#negation();
    return this.#takes('(') ? this.#group() : this.#operand();
  }

  #negation(): Operand {
    this.#enter();
    const inner = this.#single();
    this.#nesting -= 1;
    return (lookup) => !isPresent(inner(lookup));
  }

  #group(): Operand {
    this.#enter();
    const inner = this.#either();
    if (!this.#takes(')')) throw new Refusal('a `)` is missing');
    this.#nesting -= 1;
    return inner;
  }

  #enter(): void {
    this.#nesting += 1;
    if (this.#nesting > MAX_NESTING) throw new Refusal(`parentheses nest deeper than ${MAX_NESTING}`);
  }

  #operand(): Operand {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw new Refusal('it ends where a value should be');
    if (token.kind === 'operator') throw new Refusal(`${this.#shown()} is where a value should be`);
    this.#at += 1;
    if (token.kind === 'null') return () => null;
    if (token.kind === 'boolean') return () => token.value;
    if (token.kind === 'regex') {
      const regex = compile(token, this.#count);
      return () => regex;
    }
    const { kind, text } = token;
    return kind === 'string' ? () => text : (lookup) => lookup(text) ?? null;
  }

  #takes(operator: string): boolean {
    const token = this.#tokens[this.#at];
    const isTaken = token?.kind === 'operator' && token.text === operator;
    if (isTaken) this.#at += 1;
    return isTaken;
  }

  #shown(): string {
    const token = this.#tokens[this.#at];
    if (token === undefined || token.kind === 'null') return '`null`';
    if (token.kind === 'boolean') return `\`${token.value}\``;
    return token.kind === 'regex' ? `\`/${token.source}/\`` : `\`${token.text}\``;
  }
}

const COMPARISONS = ['==', '!=', '=~', '!~'] as const;

function compare(
  operator: (typeof COMPARISONS)[number],
  left: Value,
  { right, count }: { right: Value; count: Count | undefined },
): boolean {
  if (operator === '==') return isSame(left, right);
  if (operator === '!=') return !isSame(left, right);
  return matches(left, right, count) === (operator === '=~');
}

/** A boolean equals its name. */
function isSame(left: Value, right: Value): boolean {
  if (typeof left === 'boolean' && typeof right === 'string') return String(left) === right;
  return typeof left === 'string' && typeof right === 'boolean' ? left === String(right) : left === right;
}

/**
 * The right side is a pattern, or a text that contains one. With any other text GitLab checks whether it contains the
 * left side (not the other way round). An absent value matches as an empty text does.
 */
function matches(left: Value, right: Value, count: Count | undefined): boolean {
  if (right === null || right === false) return false;
  const subject = typeof left === 'string' ? left : left === null ? '' : String(left);
  const pattern = typeof right === 'string' ? patternOf(right, count) : right;
  return typeof pattern === 'function' ? pattern(subject) : String(pattern).includes(subject);
}

function isPresent(value: Value): boolean {
  return typeof value === 'string' ? value.trim() !== '' : value !== null && value !== false;
}

function compile(token: { readonly source: string; readonly flags: string }, count: Count | undefined): Regex {
  const regex = compileRegex(token.source, token.flags, count);
  if (typeof regex === 'string') throw new Refusal(`the pattern \`/${token.source}/\` ${regex}`);
  return regex;
}

/** Returns the pattern in a text; any other text, and a broken pattern, as it is. */
function patternOf(text: string, count: Count | undefined): Regex | string {
  const token = regexToken(text);
  const regex = token === undefined ? text : compileRegex(token.source, token.flags, count);
  return typeof regex === 'string' ? text : regex;
}
