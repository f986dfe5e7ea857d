import { spackError } from '../errors.ts';

/** A piece of a spec's text. `groups` are the named parts of its pattern; `start` counts from 0. */
export interface SpecToken {
  readonly kind: keyof typeof patterns;
  readonly text: string;
  readonly start: number;
  readonly groups: Readonly<Record<string, string | undefined>>;
}

const identifier = '[A-Za-z0-9_][A-Za-z0-9_-]*';
const key = '[A-Za-z0-9_][A-Za-z0-9_.-]*';
const version = '[A-Za-z0-9_][A-Za-z0-9_.-]*\\b';
/** The end of a range is not the name of a `key=value` that follows the colon at once. */
const range = `(?:(?:${version})?:(?:${version}(?!\\s*=))?|=?${version})`;
const git = `(?:git\\.[A-Za-z0-9_][A-Za-z0-9_./-]*|[A-Fa-f0-9]{40}\\b)`;
/** `c,cxx=` in `%c,cxx=gcc`. */
const virtuals = `(?:\\s*(?<virtuals>${identifier}(?:,${identifier})*)=(?=${identifier}))?`;
const quoted = `'(?<single>(?:\\\\'|[^'])*)'|"(?<double>(?:\\\\"|[^"])*)"`;
const pairWith = (bare: string) =>
  new RegExp(`(?<key>${key})(?<operator>:?==?)(?:(?<bare>[A-Za-z0-9_\\-+*.,:=~/\\\\${bare}]+)|${quoted})`, 'y');

/** Tried in this order at each position, as in Spack's own grammar: the first match wins. */
const patterns = {
  edgeOpen: /(?<sigil>\^|%%|%)\[/y,
  edgeClose: new RegExp(`\\]${virtuals}`, 'y'),
  edge: new RegExp(`(?<sigil>\\^|%%|%)${virtuals}`, 'y'),
  version: new RegExp(`@\\s*(?<versions>${git}(?:=${version})?|${range}(?:\\s*,\\s*${range})*)`, 'y'),
  switch: new RegExp(`(?<sigil>\\+\\+|~~|--|[+~-])\\s*(?<key>${key})`, 'y'),
  pair: pairWith('%^'),
  name: new RegExp(`(?:(?<namespace>${identifier}(?:\\.${identifier})*)\\.)?(?<name>${identifier})|\\*`, 'y'),
  hash: /\/(?<hash>[A-Za-z0-9_]+)/y,
  space: /\s+/y,
} as const satisfies Record<string, RegExp>;

/** Up to Spack 0.23 a value ends where the compiler or a dependency begins, and `^x=y` is a variant of any package. */
const oldPatterns: typeof patterns = {
  ...patterns,
  edge: /(?<sigil>\^|%%|%)/y,
  edgeClose: /\]/y,
  pair: pairWith(''),
};

/** Splits a spec's text; spaces are left out. `isOld` is for the syntax up to Spack 0.23. Throws SPEC_SYNTAX. */
export function specTokens(text: string, isOld = false): readonly SpecToken[] {
  const tokens: SpecToken[] = [];
  for (let start = 0; start < text.length;) {
    const token = tokenAt(text, start, isOld ? oldPatterns : patterns);
    if (token.kind !== 'space') tokens.push(token);
    start += token.text.length;
  }
  return tokens;
}

/** Returns the error for a fault at a position; `start` counts from 0, messages from 1. */
export function syntaxError(spec: string, start: number, fault: string): Error {
  return spackError('SPEC_SYNTAX', { spec, position: start + 1, fault });
}

/** What a `pair` gives: quotes taken off, and quotes that were escaped inside of them restored. */
export function valueOf({ groups }: SpecToken): string {
  if (groups['bare'] !== undefined) return groups['bare'];
  return groups['single']?.replaceAll("\\'", "'") ?? groups['double']?.replaceAll('\\"', '"') ?? '';
}

function tokenAt(text: string, start: number, grammar: typeof patterns): SpecToken {
  for (const [kind, pattern] of Object.entries(grammar)) {
    pattern.lastIndex = start;
    const match = pattern.exec(text);
    if (match !== null) return { kind: kind as SpecToken['kind'], text: match[0], start, groups: match.groups ?? {} };
  }
  throw syntaxError(text, start, `unexpected \`${text.slice(start, start + 10)}\``);
}
