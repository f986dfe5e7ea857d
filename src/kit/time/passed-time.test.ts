import { expect, test } from 'vitest';
import { PassedTime } from './passed-time.ts';

const hour = 3_600_000;

function clockAt(time: number) {
  const state = { wall: time, steady: 0 };
  const clock = { now: () => state.wall, steady: () => state.steady };
  const pass = (milliseconds: number) => {
    state.wall += milliseconds;
    state.steady += milliseconds;
  };
  const set = (milliseconds: number) => void (state.wall += milliseconds);
  return { clock, pass, set };
}

test('a jump forward counts for no moment before it, and changes nothing for those after', () => {
  const { clock, pass, set } = clockAt(100 * hour);
  const passed = new PassedTime(clock);
  const before = clock.now();
  pass(60_000);
  expect(passed.observe()).toBe(0);
  pass(20_000);
  set(3 * hour);
  expect(passed.since(before)).toBe(80_000);
  const after = clock.now();
  pass(10_000);
  expect([passed.since(before), passed.since(after)]).toEqual([90_000, 10_000]);
  set(2 * hour);
  expect([passed.since(before), passed.since(after)]).toEqual([90_000, 10_000]);
});

test('a clock that is set back and forth again lets nothing appear to have lasted long', () => {
  const { clock, pass, set } = clockAt(100 * hour);
  const passed = new PassedTime(clock);
  const begun = clock.now();
  set(-3 * hour);
  pass(30_000);
  passed.observe();
  set(3 * hour);
  expect(passed.since(begun)).toBe(30_000);
});

test('a clock that is a little fast has not jumped', () => {
  const { clock, pass, set } = clockAt(100 * hour);
  const passed = new PassedTime(clock);
  const begun = clock.now();
  for (let minute = 0; minute < 60; minute += 1) {
    pass(59_900);
    set(100);
    expect(passed.observe()).toBe(0);
  }
  expect(passed.since(begun)).toBe(hour);
});
