/**
 * A pattern of `artifacts:paths`, for paths relative to the project: `*` and `?` within a name, `**` over folders,
 * `[a-z]`, `[!a]`, `{one,two}`. Patterns come from pull requests, so matching must not take long for any of them:
 * no regular expressions, whose backtracking could.
 */
export function pathPattern(pattern: string): (path: string) => boolean {
  const alternatives = expandBraces(normalise(pattern)).map((one) => splitPath(one).map(parseName));
  return (path) => {
    const names = splitPath(path);
    return alternatives.some((tokens) => matchSequence(names, tokens, matchesName));
  };
}

/** The folders at the beginning of a pattern that have no wildcard: a walk can begin there. */
export function fixedFolder(pattern: string): string {
  const parts = splitPath(normalise(pattern));
  const wild = parts.findIndex((part) => /[*?[\]{}\\]/.test(part));
  return (wild === -1 ? parts : parts.slice(0, wild)).join('/');
}

type CharacterTest = (character: string) => boolean;
/** One part of a sequence; `any` stands for any number of items, none included. */
type Token<T> = 'any' | T;
type NamePattern = readonly Token<CharacterTest>[];

/** More alternatives than this are not looked at: braces multiply. */
const MAX_ALTERNATIVES = 256;

/** Goes back to the last `any` only, which is enough: steps grow with items times tokens, never faster. */
function matchSequence<Item, T>(
  items: readonly Item[],
  tokens: readonly Token<T>[],
  matches: (item: Item, token: T) => boolean,
): boolean {
  let at = 0;
  let token = 0;
  let restart: { token: number; at: number } | undefined;
  while (at < items.length) {
    const current = tokens[token];
    if (current === 'any') {
      restart = { token, at };
      token += 1;
    } else if (current !== undefined && matches(items[at] as Item, current)) {
      at += 1;
      token += 1;
    } else if (restart !== undefined) {
      restart = { token: restart.token, at: restart.at + 1 };
      at = restart.at;
      token = restart.token + 1;
    } else {
      return false;
    }
  }
  return tokens.slice(token).every((rest) => rest === 'any');
}

function matchesName(name: string, pattern: NamePattern): boolean {
  return matchSequence(name.match(/[\s\S]/gu) ?? [], pattern, (character, test) => test(character));
}

function splitPath(path: string): readonly string[] {
  return path.split('/').filter((part) => part !== '');
}

/** Without `./` and double or trailing slashes. */
function normalise(pattern: string): string {
  return splitPath(pattern)
    .filter((part) => part !== '.')
    .join('/');
}

function parseName(name: string): Token<NamePattern> {
  if (name === '**') return 'any';
  const parts = name.match(/\\.|\[[!^]?[^\]]+\]|\*+|[\s\S]/gu) ?? [];
  return parts.map(parseCharacter);
}

function parseCharacter(part: string): Token<CharacterTest> {
  if (part.startsWith('*')) return 'any';
  if (part === '?') return () => true;
  if (part.startsWith('[') && part.length > 2) return parseSet(part.slice(1, -1));
  const literal = part.startsWith('\\') && part.length > 1 ? part.slice(1) : part;
  return (character) => character === literal;
}

function parseSet(inner: string): CharacterTest {
  const isNegated = inner.startsWith('!') || inner.startsWith('^');
  const ranges = (isNegated ? inner.slice(1) : inner).match(/[\s\S]-[\s\S]|[\s\S]/gu) ?? [];
  return (character) =>
    isNegated !==
    ranges.some((range) =>
      range.length === 3 ? character >= (range[0] as string) && character <= (range[2] as string) : character === range,
    );
}

/** `a{b,c}d` gives `abd` and `acd`; inner braces are expanded too. Braces without a partner stay as they are. */
function expandBraces(pattern: string): readonly string[] {
  let patterns = [pattern];
  for (;;) {
    const next = patterns.flatMap(expandInnermost);
    if (next.length === patterns.length && next.every((one, index) => one === patterns[index])) return patterns;
    if (next.length > MAX_ALTERNATIVES) return next.slice(0, MAX_ALTERNATIVES);
    patterns = next;
  }
}

function expandInnermost(pattern: string): readonly string[] {
  const match = /\{([^{}]*)\}/.exec(pattern);
  if (match === null) return [pattern];
  const [before, after] = [pattern.slice(0, match.index), pattern.slice(match.index + match[0].length)];
  return (match[1] as string).split(',').map((choice) => before + choice + after);
}
