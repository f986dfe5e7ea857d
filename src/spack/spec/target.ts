/**
 * Whether a target is among those asked for: a list of names and ranges (`x86_64_v2:x86_64_v4`). Of the order of
 * microarchitectures, only the levels of x86-64 are known here; other ranges hold their ends.
 */
export function satisfiesTarget(target: string | undefined, wanted: string): boolean {
  if (target === undefined) return false;
  return wanted.split(',').some((part) => part === target || isInRange(target, part));
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
