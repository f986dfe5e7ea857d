import { expect, test } from 'vitest';
import { quietFor, type QuietHours } from './quiet-hours.ts';

const night: QuietHours = { from: '22:00', to: '07:00', timeZone: 'Europe/Berlin', days: [] };
const minutes = (from: string, quiet: QuietHours | undefined) => quietFor(Date.parse(from), quiet) / 60_000;

test.each([
  // In winter Berlin is an hour ahead of UTC.
  ['2026-11-30T20:59:00Z', 0],
  ['2026-11-30T21:00:00Z', 9 * 60],
  ['2026-12-01T05:59:30Z', 0.5],
  ['2026-12-01T06:00:00Z', 0],
  // In summer two hours.
  ['2026-07-01T20:00:00Z', 9 * 60],
  // The night in which the clock is set back is an hour longer.
  ['2026-10-24T20:00:00Z', 10 * 60],
])('at %s there are %d quiet minutes left', (moment, left) => {
  expect(minutes(moment, night)).toBe(left);
});

test('a quiet day joins the nights around it', () => {
  // From Friday at 22:00 to Monday at 07:00.
  expect(minutes('2026-11-27T21:00:00Z', { ...night, days: ['Sat', 'Sun'] })).toBe(57 * 60);
});

test('hours within a day, and none at all', () => {
  const noon: QuietHours = { from: '12:00', to: '13:00', timeZone: 'UTC', days: [] };
  expect([minutes('2026-11-30T12:15:00Z', noon), minutes('2026-11-30T13:00:00Z', noon)]).toEqual([45, 0]);
  expect(minutes('2026-11-30T12:15:00Z', undefined)).toBe(0);
});
