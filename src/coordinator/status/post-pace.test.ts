import { expect, test } from 'vitest';
import { PostPace } from './post-pace.ts';

test('progress waits while much was posted within a minute, or within an hour', () => {
  let now = 0;
  const pace = new PostPace({ now: () => now });
  for (let post = 0; post < 29; post += 1) pace.posted('lab');
  expect(pace.wait('lab', 'progress')).toBe(0);
  now = 10_000;
  pace.posted('lab');
  expect(pace.wait('lab', 'progress')).toBe(50_000);
  expect(pace.wait('lab', 'comment')).toBe(0);
  expect(pace.wait('other', 'progress')).toBe(0);
  now = 60_000;
  expect(pace.wait('lab', 'progress')).toBe(0);
  for (let minute = 2; minute < 10; minute += 1) {
    now = minute * 60_000;
    for (let post = 0; post < 25; post += 1) pace.posted('lab');
  }
  expect(pace.wait('lab', 'progress')).toBe(53 * 60_000);
});

test('a clock that was set back makes nothing wait for longer', () => {
  let now = 86_400_000;
  const pace = new PostPace({ now: () => now });
  for (let post = 0; post < 30; post += 1) pace.posted('lab');
  now = 0;
  expect(pace.wait('lab', 'progress')).toBe(60_000);
});
