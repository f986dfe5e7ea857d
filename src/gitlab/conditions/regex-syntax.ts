type Accepts = (code: number) => boolean;

/** What a pattern is made of. */
export type RegexNode =
  | { readonly kind: 'character'; readonly accepts: Accepts }
  | { readonly kind: 'assert'; readonly at: 'start' | 'end' | 'line-start' | 'line-end' | 'word' | 'not-word' }
  | { readonly kind: 'sequence'; readonly parts: readonly RegexNode[] }
  | { readonly kind: 'choice'; readonly parts: readonly RegexNode[] }
  | { readonly kind: 'repeat'; readonly part: RegexNode; readonly min: number; readonly max: number };

const MAX_LENGTH = 2000;
const MAX_COUNT = 1000;
const MAX_NESTING = 100;

/**
 * Parses a pattern of RE2's syntax, as far as people write it in CI; a text in place of the tree says what is wrong.
 */
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
  #ignoreCase: boolean;
  #lines: boolean;
  #dotAll: boolean;
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
    if (character === '[') return { kind: 'character', accepts: this.#set() };
    if (character === '.') return this.#accepting(this.#dotAll ? () => true : (code) => code !== 10);
    if (character === '^') return { kind: 'assert', at: this.#lines ? 'line-start' : 'start' };
    if (character === '$') return { kind: 'assert', at: this.#lines ? 'line-end' : 'end' };
    if ('*+?'.includes(character)) throw new Refusal(`has \`${character}\` with nothing before it`);
    return character === '\\' ? this.#escaped() : this.#accepting(literal(character.charCodeAt(0)));
  }

  /** Flags hold to the end of the group that they stand in. */
  #group(): RegexNode {
    const before = [this.#ignoreCase, this.#lines, this.#dotAll] as const;
    if (this.#takes('?')) {
      const rest = this.#source.slice(this.#at);
      const name = /^P?<[A-Za-z_]\w*>/.exec(rest);
      const flags = name === null ? /^([imsU]*)(?:-([imsU]+))?([:)])/.exec(rest) : null;
      if (name === null && flags === null) throw new Refusal('uses look-around, which is not supported');
      this.#at += (name ?? flags)?.[0].length ?? 0;
      if (flags !== null) this.#setFlags(flags[1] ?? '', flags[2] ?? '');
      if (flags?.[3] === ')') return { kind: 'sequence', parts: [] };
    }
    const inner = this.#choice();
    if (!this.#takes(')')) throw new Refusal('lacks a `)`');
    [this.#ignoreCase, this.#lines, this.#dotAll] = before;
    return inner;
  }

  #setFlags(on: string, off: string): void {
    const flag = (name: string, now: boolean) => (now || on.includes(name)) && !off.includes(name);
    this.#ignoreCase = flag('i', this.#ignoreCase);
    this.#lines = flag('m', this.#lines);
    this.#dotAll = flag('s', this.#dotAll);
  }

  #escaped(): RegexNode {
    const character = this.#read();
    if (character === 'A') return { kind: 'assert', at: 'start' };
    if (character === 'z' || character === 'Z') return { kind: 'assert', at: 'end' };
    if (character === 'b') return { kind: 'assert', at: 'word' };
    if (character === 'B') return { kind: 'assert', at: 'not-word' };
    if (character === 'Q') return this.#quoted();
    const meant = this.#escape(character);
    return this.#accepting(typeof meant === 'number' ? literal(meant) : meant);
  }

  #set(): Accepts {
    const isNegated = this.#takes('^');
    const tests: Accepts[] = [];
    for (let isFirst = true; isFirst || this.#peek() !== ']'; isFirst = false)
      tests.push(this.#eitherCase(this.#member()));
    this.#at += 1;
    return (code) => tests.some((accepts) => accepts(code)) !== isNegated;
  }

  /** A character, a range of them, or a class, after which a `-` is itself. */
  #member(): Accepts {
    if (this.#source.startsWith('[:', this.#at)) return this.#namedClass();
    const from = this.#bound();
    if (typeof from !== 'number') return from;
    if (this.#peek() !== '-' || this.#source[this.#at + 1] === ']') return literal(from);
    this.#at += 1;
    const to = this.#bound();
    if (typeof to !== 'number' || to < from) throw new Refusal('has an invalid range in `[…]`');
    return (code) => code >= from && code <= to;
  }

  #bound(): number | Accepts {
    const character = this.#read();
    return character === '\\' ? this.#escape(this.#read()) : character.charCodeAt(0);
  }

  #namedClass(): Accepts {
    const [whole = '', not, name = ''] = /^\[:(\^?)(\w+):\]/.exec(this.#source.slice(this.#at)) ?? [];
    const members = Object.hasOwn(NAMED_CLASSES, name) ? NAMED_CLASSES[name] : undefined;
    if (members === undefined) throw new Refusal('names a class of characters that there is not');
    this.#at += whole.length;
    return (code) => members.test(String.fromCharCode(code)) === (not === '');
  }

  /** What stands between `\Q` and `\E` means itself. */
  #quoted(): RegexNode {
    const end = this.#source.indexOf('\\E', this.#at);
    const text = this.#source.slice(this.#at, end < 0 ? undefined : end);
    this.#at += text.length + (end < 0 ? 0 : 2);
    const parts = text.split('').map((character) => this.#accepting(literal(character.charCodeAt(0))));
    return { kind: 'sequence', parts };
  }

  /** One character by its code, or the class that an escape stands for. */
  #escape(character: string): number | Accepts {
    const members = CLASSES[character];
    if (members !== undefined) return (code) => members.test(String.fromCharCode(code));
    if (character === 'x') return this.#hexadecimal();
    if (character === 'p' || character === 'P') return this.#property(character === 'P');
    if (/[A-Za-z0-9]/.test(character) && CONTROLS[character] === undefined)
      throw new Refusal(`uses \`\\${character}\`, which is not supported`);
    return (CONTROLS[character] ?? character).charCodeAt(0);
  }

  #hexadecimal(): number {
    const found = /^(?:\{([0-9A-Fa-f]{1,4})\}|([0-9A-Fa-f]{2}))/.exec(this.#source.slice(this.#at, this.#at + 6));
    if (found === null) throw new Refusal('has a `\\x` without the code of a character');
    this.#at += found[0].length;
    return Number.parseInt(found[1] ?? (found[2] as string), 16);
  }

  /** `\pL`, `\p{Greek}`, `\p{^L}`: of a category or a script. */
  #property(isNegated: boolean): Accepts {
    const found = /^(?:\{(\^?)(\w{1,40})\}|([A-Z]))/.exec(this.#source.slice(this.#at, this.#at + 44));
    const members = found === null ? undefined : propertyOf(found[2] ?? (found[3] as string));
    if (found === null || members === undefined) throw new Refusal('names a class of characters that there is not');
    this.#at += found[0].length;
    const isOpposite = isNegated !== (found[1] === '^');
    return (code) => members.test(String.fromCharCode(code)) !== isOpposite;
  }

  #accepting(accepts: Accepts): RegexNode {
    return { kind: 'character', accepts: this.#eitherCase(accepts) };
  }

  #eitherCase(accepts: Accepts): Accepts {
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
/** https://github.com/google/re2/wiki/Syntax */
const NAMED_CLASSES: Readonly<Record<string, RegExp>> = {
  alnum: /[0-9A-Za-z]/,
  alpha: /[A-Za-z]/,
  ascii: /[^\u0080-\uffff]/,
  blank: /[\t ]/,
  cntrl: /[^ -~\u0080-\uffff]/,
  digit: /\d/,
  graph: /[!-~]/,
  lower: /[a-z]/,
  print: /[ -~]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /[\t\n\v\f\r ]/,
  upper: /[A-Z]/,
  word: /\w/,
  xdigit: /[0-9A-Fa-f]/,
};
const CONTROLS: Readonly<Record<string, string>> = { a: '\x07', n: '\n', r: '\r', t: '\t', f: '\f', v: '\v' };

function propertyOf(name: string): RegExp | undefined {
  for (const property of [name, `Script=${name}`]) {
    try {
      return new RegExp(`\\p{${property}}`, 'u');
    } catch {
      continue;
    }
  }
  return undefined;
}

function literal(wanted: number): Accepts {
  return (code) => code === wanted;
}
