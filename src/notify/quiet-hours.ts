/** Hours and days on which nothing is sent, in a named time zone. */
export interface QuietHours {
  /** `HH:MM`. May be later than `to`: the hours then go over midnight. */
  readonly from: string;
  readonly to: string;
  /** As in `Europe/Berlin`. */
  readonly timeZone: string;
  /** Days on which nothing is sent, as in `Sat`. */
  readonly days: readonly Weekday[];
}

export const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;
type Weekday = (typeof weekdays)[number];

const MINUTE = 60_000;
const WEEK = 7 * 24 * 60 * MINUTE;

/** Returns the milliseconds until a moment that is not quiet; 0 if this one is not. */
export function quietFor(now: number, quiet: QuietHours | undefined): number {
  if (quiet === undefined) return 0;
  const isQuiet = quietChecker(quiet);
  if (!isQuiet(now)) return 0;
  // By minutes: summer time moves the end, and zones differ by quarters of an hour.
  let end = now - (now % MINUTE) + MINUTE;
  while (isQuiet(end) && end < now + WEEK) end += MINUTE;
  return end - now;
}

function quietChecker({ from, to, timeZone, days }: QuietHours): (moment: number) => boolean {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  return (moment) => {
    const parts = Object.fromEntries(format.formatToParts(moment).map(({ type, value }) => [type, value]));
    if (days.includes(parts['weekday'] as Weekday)) return true;
    const time = `${parts['hour']}:${parts['minute']}`;
    return from <= to ? from <= time && time < to : from <= time || time < to;
  };
}
