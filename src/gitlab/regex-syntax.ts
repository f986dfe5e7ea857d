/** What a pattern is made of. */
export type RegexNode =
  | { readonly kind: 'character'; readonly accepts: (code: number) => boolean }
  | { readonly kind: 'assert'; readonly at: 'start' | 'end' | 'line-start' | 'line-end' | 'word' | 'not-word' }
  | { readonly kind: 'sequence'; readonly parts: readonly RegexNode[] }
  | { readonly kind: 'choice'; readonly parts: readonly RegexNode[] }
  | { readonly kind: 'repeat'; readonly part: RegexNode; readonly min: number; readonly max: number };

const MAX_LENGTH = 2000;
const MAX_COUNT = 1000;
const MAX_NESTING = 100;

/** Parses a pattern of RE2's syntax, as far as people write it in CI; a text in place of the tree says what is wrong. */
export function parseRegex(source: string, flags: string): RegexNode | string {
  if (source.length > MAX_LENGTH) return `is longer than ${MAX_LENGTH} characters`;
  try {
    return new Parser(source, flags).parse();
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
}

class Refusal extends Error {}

class Parser {
  readonly #source: string;
  readonly #ignoreCase: boolean;
  readonly #lines: boolean;
  readonly #dotAll: boolean;
  #at = 0;
  #nesting = 0;

  constructor(source: string, flags: string) {
    this.#source = source;
    this.#ignoreCase = flags.includes('i');
    this.#lines = flags.includes('m');
    this.#dotAll = flags.includes('s');
  }

  parse(): RegexNode {
    const node = this.#choice();
    if (this.#at < this.#source.length) throw new Refusal('has a `)` too many');
    return node;
  }

  #choice(): RegexNode {
    this.#nesting += 1;
    if (this.#nesting > MAX_NESTING) throw new Refusal(`nests deeper than ${MAX_NESTING}`);
    const parts = [this.#sequence()];
    while (this.#takes('|')) parts.push(this.#sequence());
    this.#nesting -= 1;
    return { kind: 'choice', parts };
  }

  #sequence(): RegexNode {
    const parts: RegexNode[] = [];
    while (this.#at < this.#source.length && !'|)'.includes(this.#peek())) parts.push(this.#repeated());
    return { kind: 'sequence', parts };
  }

  #repeated(): RegexNode {
    const part = this.#atom();
    const range = this.#range();
    if (range === undefined) return part;
    this.#takes('?');
    if (this.#range() !== undefined) throw new Refusal('repeats a repetition without parentheses');
    return { kind: 'repeat', part, ...range };
  }

  #range(): { min: number; max: number } | undefined {
    if (this.#takes('*')) return { min: 0, max: Infinity };
    if (this.#takes('+')) return { min: 1, max: Infinity };
    if (this.#takes('?')) return { min: 0, max: 1 };
    const counted = /^\{(\d{1,4})(,?)(\d{0,4})\}/.exec(this.#source.slice(this.#at, this.#at + 12));
    if (counted === null) return undefined;
    this.#at += counted[0].length;
    const min = Number(counted[1]);
    const max = counted[2] === '' ? min : counted[3] === '' ? Infinity : Number(counted[3]);
    if (min > MAX_COUNT || (max !== Infinity && (max > MAX_COUNT || max < min)))
      throw new Refusal(`has the invalid count \`${counted[0]}\``);
    return { min, max };
  }

  #atom(): RegexNode {
    const character = this.#read();
    if (character === '(') return this.#group();
    if (character === '[') return this.#accepting(this.#set());
    if (character === '.') return this.#accepting((code) => this.#dotAll || code !== 10);
    if (character === '^') return { kind: 'assert', at: this.#lines ? 'line-start' : 'start' };
    if (character === '$') return { kind: 'assert', at: this.#lines ? 'line-end' : 'end' };
    if ('*+?'.includes(character)) throw new Refusal(`has \`${character}\` with nothing before it`);
    return character === '\\' ? this.#escaped() : this.#accepting(literal(character));
  }

  #group(): RegexNode {
    if (this.#takes('?')) {
      const name = /^(?::|P?<[A-Za-z_]\w*>)/.exec(this.#source.slice(this.#at));
      if (name === null) throw new Refusal('uses look-around or inline flags, which are not supported');
      this.#at += name[0].length;
    }
    const inner = this.#choice();
    if (!this.#takes(')')) throw new Refusal('lacks a `)`');
    return inner;
  }

  #escaped(): RegexNode {
    const character = this.#read();
    if (character === 'A') return { kind: 'assert', at: 'start' };
    if (character === 'z' || character === 'Z') return { kind: 'assert', at: 'end' };
    if (character === 'b') return { kind: 'assert', at: 'word' };
    if (character === 'B') return { kind: 'assert', at: 'not-word' };
    return this.#accepting(escape(character));
  }

  #set(): (code: number) => boolean {
    const isNegated = this.#takes('^');
    const tests: ((code: number) => boolean)[] = [];
    for (let isFirst = true; isFirst || this.#peek() !== ']'; isFirst = false) tests.push(this.#member());
    this.#at += 1;
    return (code) => tests.some((accepts) => this.#eitherCase(accepts)(code)) !== isNegated;
  }

  #member(): (code: number) => boolean {
    const character = this.#read();
    if (character === '[' && this.#peek() === ':') throw new Refusal('uses `[[:…:]]`, which is not supported');
    const single = character === '\\' ? escape(this.#read()) : literal(character);
    const isRange = this.#peek() === '-' && this.#source[this.#at + 1] !== ']';
    if (!isRange) return single;
    this.#at += 1;
    const end = this.#read();
    const [from, to] = [character, end === '\\' ? this.#read() : end].map((bound) => bound.charCodeAt(0)) as [
      number,
      number,
    ];
    if (character === '\\' || to < from) throw new Refusal(`has the invalid range \`${character}-${end}\``);
    return (code) => code >= from && code <= to;
  }

  #accepting(accepts: (code: number) => boolean): RegexNode {
    return { kind: 'character', accepts: this.#eitherCase(accepts) };
  }

  #eitherCase(accepts: (code: number) => boolean): (code: number) => boolean {
    if (!this.#ignoreCase) return accepts;
    return (code) => {
      const character = String.fromCharCode(code);
      return (
        accepts(code) ||
        accepts(character.toLowerCase().charCodeAt(0)) ||
        accepts(character.toUpperCase().charCodeAt(0))
      );
    };
  }

  #peek(): string {
    return this.#source[this.#at] ?? '';
  }

  #read(): string {
    const character = this.#source[this.#at];
    if (character === undefined) throw new Refusal('ends too early');
    this.#at += 1;
    return character;
  }

  #takes(character: string): boolean {
    const isTaken = this.#peek() === character;
    if (isTaken) this.#at += 1;
    return isTaken;
  }
}

const CLASSES: Readonly<Record<string, RegExp>> = {
  d: /\d/,
  D: /\D/,
  w: /\w/,
  W: /\W/,
  s: /[\t\n\f\r ]/,
  S: /[^\t\n\f\r ]/,
};
const CONTROLS: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', f: '\f', v: '\v' };

function escape(character: string): (code: number) => boolean {
  const members = CLASSES[character];
  if (members !== undefined) return (code) => members.test(String.fromCharCode(code));
  if (/[A-Za-z0-9]/.test(character) && CONTROLS[character] === undefined)
    throw new Refusal(`uses \`\\${character}\`, which is not supported`);
  return literal(CONTROLS[character] ?? character);
}

function literal(character: string): (code: number) => boolean {
  const wanted = character.charCodeAt(0);
  return (code) => code === wanted;
}
