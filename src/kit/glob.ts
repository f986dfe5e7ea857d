/** Returns whether a path, relative and with `/`, or a name matches. */
export type Glob = (path: string) => boolean;

/**
 * What the wildcards of a pattern mean: each set of rules is that of the program whose files hold such patterns.
 *
 * - `fnmatch` (`rules:changes`, `rules:exists`): Ruby's `File.fnmatch` with `FNM_PATHNAME`, `FNM_DOTMATCH` and
 *   `FNM_EXTGLOB`. `*` and `?` stay within a name, `**` and a slash at the start of a name match any number of folders,
 *   any other `**` is a `*`; `[a-z]`, `[!a]`, `[^a]`, `{a,b}` and `\` work as in a shell.
 * - `doublestar` (`artifacts:paths`, `cache:paths`): the same, but a name `**` also matches any number of names at the
 *   end of a pattern, and `./`, double and trailing slashes do not count. GitLab's runner uses Go's doublestar.
 * - `include` (`include:local`, `cache:key:files`): `**` is any text, with a slash after it any folders or none, `*` any
 *   text without a slash, nothing else is special.
 * - `text` (names of branches, tags, jobs, repositories and libraries): `*` is any text, nothing else is special.
 */
export type GlobRules = 'fnmatch' | 'doublestar' | 'include' | 'text';

/** `name`: any text without a slash; `folders`: any number of names, each with its slash; `text`: any text. */
type Token = ((code: number) => boolean) | 'name' | 'folders' | 'text';

const MAX_LENGTH = 1000;
const MAX_ALTERNATIVES = 1000;
const MAX_STEPS = 1_000_000;
const SLASH = 47;

/**
 * Compiles a pattern. Patterns come from pull requests and run in the server: one that is too long, that has too many
 * alternatives or an open brace, or that takes too many steps matches nothing. `count` receives the steps of each
 * match.
 */
export function compileGlob(pattern: string, rules: GlobRules, count: (steps: number) => void = () => {}): Glob {
  const isPath = rules === 'fnmatch' || rules === 'doublestar';
  const clean = rules === 'doublestar' ? withoutEmptyNames : (path: string) => path;
  if (!(isPath ? /[*?[{\\]/ : /\*/).test(pattern)) {
    const plain = clean(pattern);
    return (path) => path === plain;
  }
  if (pattern.length > MAX_LENGTH) return () => false;
  const alternatives = (isPath ? expandBraces(pattern) : [pattern]).map(clean).flatMap((one) => {
    // `a/**` also matches `a` itself.
    return rules === 'doublestar' && one.endsWith('/**') ? [one.replace(/(?:\/\*\*)+$/, ''), one] : [one];
  });
  const tokens = alternatives.map((one) => (isPath ? pathTokens(one, rules === 'doublestar') : textTokens(one, rules)));
  return (path) => tokens.some((one) => matches(path, one, count));
}

/** Returns the folders at the beginning of a `doublestar` pattern that have no wildcard: a walk can begin there. */
export function fixedFolder(pattern: string): string {
  const names = withoutEmptyNames(pattern).split('/');
  const wild = names.findIndex((name) => /[*?[\]{}\\]/.test(name));
  return (wild === -1 ? names : names.slice(0, wild)).join('/');
}

function withoutEmptyNames(path: string): string {
  const names = path.split('/');
  return names.filter((name) => name !== '' && name !== '.').join('/');
}

const INNERMOST = /^((?:[^\\]|\\.)*?)\{((?:[^{}\\]|\\.)*)\}(.*)$/s;

/** Returns the alternatives that braces stand for; none if there are too many. */
function expandBraces(pattern: string): readonly string[] {
  const done: string[] = [];
  const open = [pattern];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    if (done.length + open.length > MAX_ALTERNATIVES) return [];
    const [, before = '', choices, after = ''] = INNERMOST.exec(one) ?? [];
    if (choices === undefined) done.push(one);
    else open.push(...choices.split(/(?<!\\),/).map((choice) => before + choice + after));
  }
  return done;
}

function textTokens(pattern: string, rules: GlobRules): readonly Token[] {
  const parts = pattern.match(rules === 'include' ? /\*\*\/?|[\s\S]/gu : /\*+|[\s\S]/gu) ?? [];
  return parts.map((part) => {
    if (!part.startsWith('*')) return literal(part);
    if (part === '**/') return 'folders';
    return rules === 'include' && part === '*' ? 'name' : 'text';
  });
}

const PATH_PART = /(?<=^|\/)(?:\*\*\/)+|\*+|\\[\s\S]|\[[!^]?(?:\\[\s\S]|[^\]\\])+\]|[\s\S]/gu;

function pathTokens(pattern: string, isDoublestar: boolean): readonly Token[] {
  if (isDoublestar && pattern === '**') return ['text'];
  const parts = pattern.match(PATH_PART) ?? [];
  return parts.map((part, index): Token => {
    if (part.startsWith('**/')) return 'folders';
    if (part.startsWith('*')) {
      const isName = part === '**' && index === parts.length - 1 && parts[index - 1]?.endsWith('/') === true;
      return isDoublestar && isName ? 'text' : 'name';
    }
    if (part === '?') return (code) => code !== SLASH;
    if (part.length > 2 && part.startsWith('[')) return characterSet(part.slice(1, -1));
    // An open brace is left only where its partner is missing.
    if (part === '{') return () => false;
    return literal(part.length > 1 && part.startsWith('\\') ? part.slice(1) : part);
  });
}

/** `a-z`, `!a-z` or `^a-z`. */
function characterSet(members: string): Token {
  const isNegated = /^[!^]./su.test(members);
  const ranges = [...members.slice(isNegated ? 1 : 0).matchAll(/(\\?.)-(\\?.)|(\\?.)/gsu)].map(
    ([, from, to, single]) =>
      [single ?? from, single ?? to].map((bound = '') => bound.replace(/^\\(?=.)/su, '').codePointAt(0) ?? 0) as [
        number,
        number,
      ],
  );
  return (code) => code !== SLASH && ranges.some(([from, to]) => code >= from && code <= to) !== isNegated;
}

function literal(character: string): Token {
  const expected = character.codePointAt(0);
  return (code) => code === expected;
}

/**
 * Matches without recursion. After a mismatch it is enough to extend the last `name`, and, once that meets a slash,
 * the last `folders` or `text`.
 */
function matches(path: string, tokens: readonly Token[], count: (steps: number) => void): boolean {
  let at = 0;
  let next = 0;
  let name: { at: number; token: number } | undefined;
  let wide: { at: number; token: number } | undefined;
  let steps = 0;
  const isMatch = (): boolean => {
    for (; steps < MAX_STEPS; steps += 1) {
      const token = tokens[next];
      if (typeof token === 'string') {
        if (token === 'name') name = { at, token: next };
        else [name, wide] = [undefined, { at, token: next }];
        next += 1;
        continue;
      }
      const code = path.codePointAt(at);
      if (token === undefined && code === undefined) return true;
      if (token !== undefined && code !== undefined && token(code)) {
        at += code > 0xffff ? 2 : 1;
        next += 1;
      } else if (name !== undefined && name.at < path.length && path.charCodeAt(name.at) !== SLASH) {
        name = { at: name.at + 1, token: name.token };
        [at, next] = [name.at, name.token + 1];
      } else if (wide !== undefined && wide.at < path.length) {
        const slash = tokens[wide.token] === 'folders' ? path.indexOf('/', wide.at) : wide.at;
        if (slash === -1) return false;
        [name, wide] = [undefined, { at: slash + 1, token: wide.token }];
        [at, next] = [wide.at, wide.token + 1];
      } else {
        return false;
      }
    }
    return false;
  };
  const found = isMatch();
  count(steps);
  return found;
}
