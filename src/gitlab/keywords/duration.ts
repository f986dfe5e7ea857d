import type { Field } from '../document/field.ts';

const [MINUTE, HOUR, DAY] = [60, 3600, 86_400];
const [WEEK, MONTH, YEAR] = [7 * DAY, 30 * DAY, 31_557_600];
const UNITS: ReadonlyMap<string, number> = new Map([
  ...['s', 'sec', 'secs', 'second', 'seconds'].map((name) => [name, 1] as const),
  ...['m', 'min', 'mins', 'minute', 'minutes'].map((name) => [name, MINUTE] as const),
  ...['h', 'hr', 'hrs', 'hour', 'hours'].map((name) => [name, HOUR] as const),
  ...['d', 'dy', 'day', 'days'].map((name) => [name, DAY] as const),
  ...['w', 'wk', 'wks', 'week', 'weeks'].map((name) => [name, WEEK] as const),
  ...['mo', 'mos', 'month', 'months'].map((name) => [name, MONTH] as const),
  ...['y', 'yr', 'yrs', 'year', 'years'].map((name) => [name, YEAR] as const),
]);
/** Of `1:30`, `2:00:00` and so on, the last first. */
const CLOCK = [1, MINUTE, HOUR, DAY, MONTH, YEAR];
const JOINTS = ['and', 'with', 'plus'];
const NUMBERS = [
  'a',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
];

/**
 * A time as GitLab lets people write it (`3 hours 30 minutes`, `1h30m`, `2 weeks and 2 days`, `1:30` for a minute and a
 * half, `day`), in seconds, more than none; undefined for any other text. A number without a unit counts seconds.
 */
export function parseDuration(text: string): number | undefined {
  const seconds = Math.round(clockOf(text) ?? wordsOf(text.toLowerCase()) ?? 0);
  return seconds > 0 ? seconds : undefined;
}

function clockOf(text: string): number | undefined {
  if (!/^\s*\d+(?:\s*:\s*\d+){1,5}\s*$/.test(text)) return undefined;
  const parts = text.split(':').toReversed();
  return parts.reduce((total, part, index) => total + Number(part) * (CLOCK[index] as number), 0);
}

function wordsOf(text: string): number | undefined {
  const words = text.match(/\d*\.?\d+|[^\s\d.]+|\./g) ?? [];
  let [total, count] = [0, 0];
  for (const [index, word] of words.entries()) {
    const unit = UNITS.get(word.replace(/^,|,$/g, ''));
    const number = /\d/.test(word) ? Number(word) : numberOf(word);
    if (number !== undefined) {
      total += count;
      count = number;
    } else if (unit !== undefined) {
      total += (index === 0 ? 1 : count) * unit;
      count = 0;
    } else if (word !== ',' && !JOINTS.includes(word.replace(/^,|,$/g, ''))) return undefined;
  }
  return total + count;
}

/** `one week` is as good as `1 week`. */
function numberOf(word: string): number | undefined {
  const index = NUMBERS.indexOf(word);
  return index < 0 ? undefined : Math.max(index, 1);
}

export function readDuration(field: Field, max = Infinity): number | undefined {
  const { value } = field;
  if (value === undefined) return undefined;
  const seconds = typeof value === 'string' || typeof value === 'number' ? parseDuration(String(value)) : undefined;
  if (seconds === undefined) return field.invalid('a time such as `1h 30m`');
  return seconds > max ? field.invalid(`at most ${Math.floor(max / DAY)} days`) : seconds;
}
