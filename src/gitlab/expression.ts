import { compileRegex } from './linear-regex.ts';
import type { Count, Regex } from './linear-regex.ts';
import { regexToken, tokenize } from './expression-tokens.ts';
import type { Token } from './expression-tokens.ts';

export type Lookup = (name: string) => string | undefined;
export type Condition = (lookup: Lookup) => boolean;

type Operand = (lookup: Lookup) => string | null;
const MAX_LENGTH = 10_000;
const MAX_NESTING = 100;

/**
 * Compiles an expression of `rules:if` (https://docs.gitlab.com/ci/jobs/job_rules/#cicd-variable-expressions):
 * `==`, `!=`, `=~`, `!~`, `&&` before `||`, parentheses, `null`, a bare variable. A text in place of the condition says what is wrong.
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
    const condition = this.#either();
    if (this.#at < this.#tokens.length) throw new Refusal(`${this.#shown()} is not expected here`);
    return condition;
  }

  #either(): Condition {
    const parts = [this.#both()];
    while (this.#takes('||')) parts.push(this.#both());
    return (lookup) => parts.some((part) => part(lookup));
  }

  #both(): Condition {
    const parts = [this.#single()];
    while (this.#takes('&&')) parts.push(this.#single());
    return (lookup) => parts.every((part) => part(lookup));
  }

  #single(): Condition {
    if (this.#takes('(')) return this.#group();
    const left = this.#operand();
    if (this.#takes('==')) return this.#comparison(left, true);
    if (this.#takes('!=')) return this.#comparison(left, false);
    if (this.#takes('=~')) return this.#match(left, true);
    if (this.#takes('!~')) return this.#match(left, false);
    return (lookup) => (left(lookup) ?? '') !== '';
  }

  #group(): Condition {
    this.#nesting += 1;
    if (this.#nesting > MAX_NESTING) throw new Refusal(`parentheses nest deeper than ${MAX_NESTING}`);
    const inner = this.#either();
    if (!this.#takes(')')) throw new Refusal('a `)` is missing');
    this.#nesting -= 1;
    return inner;
  }

  #comparison(left: Operand, isEqual: boolean): Condition {
    const right = this.#operand();
    return (lookup) => (left(lookup) === right(lookup)) === isEqual;
  }

  /** The right side is a pattern, or a variable that holds one; anything else there matches as plain text, as GitLab does. */
  #match(left: Operand, isWanted: boolean): Condition {
    const pattern = this.#pattern();
    return (lookup) => {
      const text = left(lookup);
      return (text !== null && pattern(lookup)(text)) === isWanted;
    };
  }

  #pattern(): (lookup: Lookup) => Regex {
    const token = this.#tokens[this.#at];
    if (token?.kind === 'regex') {
      this.#at += 1;
      const regex = compile(token, this.#count);
      return () => regex;
    }
    const operand = this.#operand();
    return (lookup) => patternOf(operand(lookup), this.#count);
  }

  #operand(): Operand {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw new Refusal('it ends where a value should be');
    if (token.kind === 'operator' || token.kind === 'regex')
      throw new Refusal(`${this.#shown()} stands where a value should be`);
    this.#at += 1;
    if (token.kind === 'null') return () => null;
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
    return token.kind === 'regex' ? `\`/${token.source}/\`` : `\`${token.text}\``;
  }
}

function compile(token: { readonly source: string; readonly flags: string }, count: Count | undefined): Regex {
  const regex = compileRegex(token.source, token.flags, count);
  if (typeof regex === 'string') throw new Refusal(`the pattern \`/${token.source}/\` ${regex}`);
  return regex;
}

/** A pattern from a variable is known only now; a broken one matches nothing, as there is nobody left to tell. */
function patternOf(text: string | null, count: Count | undefined): Regex {
  const token = text === null ? undefined : regexToken(text);
  if (token === undefined) return (subject) => text !== null && subject.includes(text);
  const regex = compileRegex(token.source, token.flags, count);
  return typeof regex === 'string' ? () => false : regex;
}
