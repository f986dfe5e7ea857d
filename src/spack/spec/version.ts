/**
 * Spack's order of versions: numbers by value, letters before numbers, names such as `develop` above every
 * number, pre-releases (`alpha`, `beta`, `rc`) below what they lead to. Separators do not count.
 */

const ENDLESS = ['stable', 'nightly', 'trunk', 'head', 'master', 'main', 'develop'];
const EARLY = ['alpha', 'beta', 'rc'];

/** Below 0: `a` is earlier; above 0: later; 0: the same but for separators and leading zeros. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [segments(a), segments(b)];
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const order = compareSegments(left[index], right[index]);
    if (order !== 0) return order;
  }
  return 0;
}

/** Whether `version` is `prefix` or below it: `1.2.3` below `1.2`, but not `1.20`. */
export function hasVersionPrefix(version: string, prefix: string): boolean {
  const whole = segments(version);
  return segments(prefix).every(
    (segment, index) => whole[index] !== undefined && compareSegments(segment, whole[index]) === 0,
  );
}

function segments(version: string): readonly string[] {
  return version.match(/\d+|[a-zA-Z]+/g) ?? [];
}

function compareSegments(a: string | undefined, b: string | undefined): number {
  if (a === undefined) return b === undefined ? 0 : -compareSegments(b, undefined);
  const rank = rankOf(a);
  // What goes on is later, unless it goes on to a pre-release: 1.2rc1 < 1.2 < 1.2.1.
  if (b === undefined) return rank === EARLIEST ? -1 : 1;
  if (rank !== rankOf(b)) return rank - rankOf(b);
  if (rank === NUMBER) return compareNumbers(a, b);
  if (rank === EARLIEST) return EARLY.indexOf(a) - EARLY.indexOf(b);
  if (rank === LATEST) return ENDLESS.indexOf(a) - ENDLESS.indexOf(b);
  return a < b ? -1 : a > b ? 1 : 0;
}

const EARLIEST = 0;
const LETTERS = 1;
const NUMBER = 2;
const LATEST = 3;

function rankOf(segment: string): number {
  if (/^\d/.test(segment)) return NUMBER;
  if (EARLY.includes(segment)) return EARLIEST;
  return ENDLESS.includes(segment) ? LATEST : LETTERS;
}

/** By length and then text, since a date with a time is more than a double holds. */
function compareNumbers(a: string, b: string): number {
  const [left, right] = [a.replace(/^0+(?=\d)/, ''), b.replace(/^0+(?=\d)/, '')];
  return left.length - right.length || (left < right ? -1 : left > right ? 1 : 0);
}
