/**
 * Whether a target is among those asked for: a list of names and ranges (`x86_64_v2:x86_64_v4`). Of the order of
 * microarchitectures, only the levels of x86-64 are known here; other ranges hold their ends.
 */
export function satisfiesTarget(target: string | undefined, wanted: string): boolean {
  return target !== undefined && joinTargets(target, wanted) !== undefined;
}

/** The targets that both allow; undefined where there are none. */
export function joinTargets(a: string, b: string): string | undefined {
  const both = a.split(',').flatMap((one) => b.split(',').flatMap((other) => joinPart(one, other) ?? []));
  return both.length === 0 ? undefined : [...new Set(both)].join(',');
}

function joinPart(a: string, b: string): string | undefined {
  if (a === b || b === ':') return a;
  if (!a.includes(':')) return isInRange(a, b) ? a : undefined;
  if (!b.includes(':')) return isInRange(b, a) ? b : undefined;
  const [[low, high], [from, to]] = [a.split(':'), b.split(':')] as [[string, string], [string, string]];
  const lowest = later(low, from);
  const highest = high === '' || (to !== '' && later(to, high) === high) ? to : high;
  const [first, last] = [levelOf(lowest), levelOf(highest)];
  return first !== undefined && last !== undefined && first > last ? undefined : `${lowest}:${highest}`;
}

/** Of two lower ends the one that allows less; of different families nothing is known, and the first stands. */
function later(a: string, b: string): string {
  if (a === '' || b === '') return a === '' ? b : a;
  return (levelOf(b) ?? 0) > (levelOf(a) ?? 0) ? b : a;
}

function isInRange(target: string, part: string): boolean {
  if (!part.includes(':')) return false;
  const [from = '', to = ''] = part.split(':');
  if (target === from || target === to || part === ':') return true;
  const level = levelOf(target);
  const [low, high] = [from === '' ? 0 : levelOf(from), to === '' ? Infinity : levelOf(to)];
  return level !== undefined && low !== undefined && high !== undefined && level >= low && level <= high;
}

function levelOf(target: string): number | undefined {
  const match = /^x86_64(?:_v([1-9]))?$/.exec(target);
  return match === null ? undefined : Number(match[1] ?? 1);
}
