import { compileTree } from './linear-regex.ts';
import type { Count } from './linear-regex.ts';
import type { RegexNode } from './regex-syntax.ts';

/** Whether a path, relative and with `/`, is meant. */
export type Glob = (path: string) => boolean;

const MAX_LENGTH = 1000;
const MAX_BRACES = 20;

/**
 * Compiles a pattern of `rules:changes` and `rules:exists`: Ruby's `File.fnmatch` with `FNM_PATHNAME`, `FNM_DOTMATCH` and
 * `FNM_EXTGLOB`, which is what GitLab uses. `*` stays within one folder, `**` and a slash goes through any number of them,
 * `{a,b}` are alternatives, and a dot at the beginning of a name is nothing special. Matching takes linear time.
 * A pattern too long or too deeply nested to be meant seriously gives undefined.
 */
export function compileGlob(pattern: string, count: Count = () => {}): Glob | undefined {
  if (pattern.length > MAX_LENGTH) return undefined;
  if (!/[*?[{\\]/.test(pattern)) return (path) => path === pattern;
  const fixed = /^[^*?[{\\]*/.exec(pattern)?.[0] ?? '';
  const tree = new GlobParser(pattern).parse();
  const regex = tree === undefined ? undefined : compileTree(tree, count);
  return regex === undefined ? undefined : (path) => path.startsWith(fixed) && regex(path);
}

const NAME_CHARACTER: RegexNode = { kind: 'character', accepts: (code) => code !== 47 };
const WITHIN_NAME: RegexNode = { kind: 'repeat', part: NAME_CHARACTER, min: 0, max: Infinity };
const FOLDERS: RegexNode = {
  kind: 'repeat',
  part: { kind: 'sequence', parts: [WITHIN_NAME, literal('/')] },
  min: 0,
  max: Infinity,
};

class GlobParser {
  readonly #pattern: string;
  #at = 0;
  #braces = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  parse(): RegexNode | undefined {
    const whole = this.#sequence('');
    if (whole === undefined) return undefined;
    return { kind: 'sequence', parts: [{ kind: 'assert', at: 'start' }, whole, { kind: 'assert', at: 'end' }] };
  }

  #sequence(ends: string): RegexNode | undefined {
    const parts: RegexNode[] = [];
    while (this.#at < this.#pattern.length && !ends.includes(this.#pattern[this.#at] as string)) {
      const part = this.#part();
      if (part === undefined) return undefined;
      parts.push(part);
    }
    return { kind: 'sequence', parts };
  }

  #part(): RegexNode | undefined {
    const isNameStart = this.#at === 0 || this.#pattern[this.#at - 1] === '/';
    const folders = isNameStart ? /^(?:\*\*\/)+/.exec(this.#pattern.slice(this.#at)) : null;
    if (folders !== null) {
      this.#at += folders[0].length;
      return FOLDERS;
    }
    const character = this.#pattern[this.#at] as string;
    this.#at += 1;
    if (character === '*') return WITHIN_NAME;
    if (character === '?') return NAME_CHARACTER;
    if (character === '{') return this.#choice();
    if (character === '[') return this.#set();
    if (character !== '\\') return literal(character);
    const escaped = this.#pattern[this.#at] ?? '\\';
    this.#at += 1;
    return literal(escaped);
  }

  #choice(): RegexNode | undefined {
    this.#braces += 1;
    if (this.#braces > MAX_BRACES) return undefined;
    const parts: RegexNode[] = [];
    for (;;) {
      const part = this.#sequence(',}');
      if (part === undefined) return undefined;
      parts.push(part);
      const end = this.#pattern[this.#at];
      this.#at += 1;
      if (end === '}') return { kind: 'choice', parts };
      if (end === undefined) return undefined;
    }
  }

  /** `[a-z]`, `[!a-z]` or `[^a-z]`; one that is not closed is a plain bracket. */
  #set(): RegexNode {
    const found = /^([!^]?)((?:\\.|[^\]\\])+)\]/s.exec(this.#pattern.slice(this.#at));
    if (found === null) return literal('[');
    this.#at += found[0].length;
    const ranges = [...(found[2] as string).matchAll(/(\\?.)-(\\?.)|(\\?.)/gs)].map(([, from, to, single]) => {
      const bounds = [single ?? from, single ?? to].map((bound) => (bound as string).replace(/^\\(?=.)/, ''));
      return bounds.map((bound) => bound.charCodeAt(0)) as [number, number];
    });
    const isNegated = found[1] !== '';
    const holds = (code: number) => ranges.some(([from, to]) => code >= from && code <= to);
    return { kind: 'character', accepts: (code) => code !== 47 && holds(code) !== isNegated };
  }
}

function literal(character: string): RegexNode {
  const wanted = character.charCodeAt(0);
  return { kind: 'character', accepts: (code) => code === wanted };
}
