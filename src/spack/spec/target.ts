import { runsBinariesOf } from './microarchitectures.ts';

/** Whether a target is among the required ones: a list of names and ranges (`x86_64_v2:zen3,a64fx`), or `*` for any. */
export function satisfiesTarget(target: string | undefined, required: string): boolean {
  return target !== undefined && joinTargets(target, required) !== undefined;
}

/** The targets that both allow; undefined where there are none. */
export function joinTargets(a: string, b: string): string | undefined {
  const both = a.split(',').flatMap((one) => b.split(',').flatMap((other) => joinPart(one, other) ?? []));
  return both.length === 0 ? undefined : [...new Set(both)].join(',');
}

function joinPart(a: string, b: string): string | undefined {
  if (isAny(a) || isAny(b)) return isAny(a) ? b : a;
  if (!a.includes(':')) return isInRange(a, b) ? a : undefined;
  if (!b.includes(':')) return isInRange(b, a) ? b : undefined;
  const [[low = '', high = ''], [from = '', to = '']] = [a.split(':'), b.split(':')];
  const [lowest, highest] = [narrower(low, from, runsBinariesOf), narrower(high, to, (x, y) => runsBinariesOf(y, x))];
  if (lowest === undefined || highest === undefined) return undefined;
  if (lowest !== '' && highest !== '' && !runsBinariesOf(highest, lowest)) return undefined;
  return lowest === highest ? lowest : `${lowest}:${highest}`;
}

function isAny(part: string): boolean {
  return part === '*' || part === ':';
}

function isInRange(target: string, part: string): boolean {
  if (!part.includes(':')) return target === part;
  const [low = '', high = ''] = part.split(':');
  return (low === '' || runsBinariesOf(target, low)) && (high === '' || runsBinariesOf(high, target));
}

/** Of two ends of ranges the one that leaves less; undefined where neither is within the other. */
function narrower(a: string, b: string, isWithin: (one: string, other: string) => boolean): string | undefined {
  if (a === '' || b === '') return a || b;
  if (isWithin(a, b)) return a;
  return isWithin(b, a) ? b : undefined;
}
