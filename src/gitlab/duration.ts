import type { Spot } from './fault-list.ts';

const SECONDS: Readonly<Record<string, number>> = {
  s: 1,
  sec: 1,
  second: 1,
  m: 60,
  min: 60,
  minute: 60,
  mn: 60,
  h: 3600,
  hr: 3600,
  hour: 3600,
  d: 86_400,
  day: 86_400,
  w: 604_800,
  week: 604_800,
  mo: 2_592_000,
  mos: 2_592_000,
  month: 2_592_000,
  y: 31_536_000,
  yr: 31_536_000,
  year: 31_536_000,
};

/**
 * A time as GitLab lets people write it (`3 hours 30 minutes`, `1h30m`, `2 weeks and 2 days`, `45`), in seconds.
 * Undefined for any other text. A bare number counts seconds.
 */
export function parseDuration(text: string): number | undefined {
  const rest = text
    .trim()
    .toLowerCase()
    .replace(/,|\band\b/g, ' ');
  const clock = /^(\d+):(\d{1,2})(?::(\d{1,2}))?$/.exec(rest);
  if (clock !== null) return Number(clock[1]) * 3600 + Number(clock[2]) * 60 + Number(clock[3] ?? 0);
  if (/^\d+$/.test(rest)) return Number(rest);
  if (!/^(?:\s*\d+(?:\.\d+)?\s*[a-z]+\s*)+$/.test(rest)) return undefined;
  let total = 0;
  for (const [, count, unit] of rest.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)/g)) {
    const seconds = SECONDS[unit as string] ?? SECONDS[(unit as string).replace(/s$/, '')];
    if (seconds === undefined) return undefined;
    total += Number(count) * seconds;
  }
  return Math.round(total);
}

export function readDuration(value: unknown, spot: Spot): number | undefined {
  if (value === undefined) return undefined;
  const seconds = typeof value === 'string' || typeof value === 'number' ? parseDuration(String(value)) : undefined;
  return seconds ?? spot.invalid('a time such as `1h 30m`', value);
}
