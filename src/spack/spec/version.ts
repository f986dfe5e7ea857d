/**
 * Spack's order of versions: numbers by value, letters before numbers, names such as `develop` above every
 * number, what ends in a pre-release (`alpha`, `beta`, `rc`) before what it leads to. Separators do not count.
 */
export interface ParsedVersion {
  readonly release: readonly Component[];
  /** How close to the release, `FINAL` for the release itself, and the number of the pre-release. */
  readonly stage: readonly bigint[];
}

/** A number, letters, or the rank of a name among those above all numbers. */
type Component = bigint | string | { readonly endless: number };

const ENDLESS = ['stable', 'nightly', 'trunk', 'head', 'master', 'main', 'develop'];
const EARLY = ['alpha', 'beta', 'rc'];
const FINAL = 3n;

/** Below and above every version. */
export const lowestVersion: ParsedVersion = { release: [], stage: [0n] };
export const highestVersion: ParsedVersion = { release: [{ endless: ENDLESS.length + 1 }], stage: [FINAL] };

export function parseVersion(text: string): ParsedVersion {
  const segments = text.match(/\d+|[a-zA-Z]+/g) ?? [];
  const last = segments.at(-1) ?? '';
  const number = /^\d/.test(last) && segments.length >= 3 ? BigInt(last) : undefined;
  const early = EARLY.indexOf(number === undefined ? last : (segments.at(-2) ?? ''));
  if (early < 0 || segments.length < 2) return { release: segments.map(componentOf), stage: [FINAL] };
  const release = segments.slice(0, number === undefined ? -1 : -2).map(componentOf);
  return { release, stage: number === undefined ? [BigInt(early)] : [BigInt(early), number] };
}

/** Below 0: `a` is earlier; above 0: later; 0: the same but for separators and leading zeros. */
export function compareVersions(a: string, b: string): number {
  return compareParsed(parseVersion(a), parseVersion(b));
}

/** Sorts versions, the earliest first. */
export function sortVersions(versions: Iterable<string>): readonly string[] {
  const parsed = Array.from(versions, (text) => ({ text, version: parseVersion(text) }));
  return parsed.toSorted((a, b) => compareParsed(a.version, b.version)).map(({ text }) => text);
}

export function compareParsed(a: ParsedVersion, b: ParsedVersion): number {
  return compareLists(a.release, b.release, compareComponents) || compareLists(a.stage, b.stage, comparePlain);
}

/**
 * The first version that is not below this one: `1.3` after `1.2`, which holds `1.2.9`, but `1.2rc2` after `1.2rc1`.
 */
export function nextVersion({ release, stage }: ParsedVersion): ParsedVersion {
  const [kind = FINAL, number] = stage;
  if (kind !== FINAL) return { release, stage: [kind, number === undefined ? 0n : number + 1n] };
  const last = release.at(-1);
  return { release: [...release.slice(0, -1), last === undefined ? 'A' : nextComponent(last)], stage };
}

function componentOf(segment: string): Component {
  if (/^\d/.test(segment)) return BigInt(segment);
  const endless = ENDLESS.indexOf(segment);
  return endless < 0 ? segment : { endless };
}

function nextComponent(component: Component): Component {
  if (typeof component === 'bigint') return component + 1n;
  if (typeof component === 'object') return { endless: component.endless + 1 };
  const next = nextLetters(component);
  return ENDLESS.includes(next) ? nextLetters(next) : next;
}

/** The next word of letters, in which `Z` comes before `a`. */
function nextLetters(word: string): string {
  const last = word.at(-1) ?? 'z';
  if (last === 'z') return `${word}A`;
  return word.slice(0, -1) + (last === 'Z' ? 'a' : String.fromCodePoint((last.codePointAt(0) ?? 0) + 1));
}

function compareLists<T>(a: readonly T[], b: readonly T[], compare: (one: T, other: T) => number): number {
  for (const [index, one] of a.entries()) {
    const other = b[index];
    if (other === undefined) return 1;
    const order = compare(one, other);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareComponents(a: Component, b: Component): number {
  if (typeof a === 'object' && typeof b === 'object') return a.endless - b.endless;
  if (typeof a === typeof b) return comparePlain(a as string, b as string);
  return rankOf(a) - rankOf(b);
}

function comparePlain<T extends bigint | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function rankOf(component: Component): number {
  return ['string', 'bigint', 'object'].indexOf(typeof component);
}
