import { describe, expect, test } from 'vitest';
import { shownLine, withoutMarks } from './shown-line.ts';

describe('a line of a log as it is shown', () => {
  test.each([
    ['colors', 'x.c: \u001B[01;31merror:\u001B[0m no', 'x.c: error: no'],
    ['marks of sections', 'section_start:1:a[collapsed=true]\r\u001B[0KGetting', 'Getting'],
    ['what was overwritten', '10%\r20%\r30%\r', '30%'],
    ['links of terminals', '\u001B]8;;javascript:alert(1)\u001B\\here\u001B]8;;\u0007', 'here'],
    ['marks that turn the direction of text', 'a\u202Eb\u2066c', 'abc'],
    ['the timestamp of a runner', '2026-01-01T12:00:00.000000Z 00O text', 'text'],
  ])('is without %s', (_what, line, shown) => {
    expect(shownLine(line)).toBe(shown);
  });

  test('has its time apart', () => {
    expect(withoutMarks('2026-01-01T12:00:00.5Z 01E+x').time).toBe('2026-01-01T12:00:00.5Z');
  });

  test.each([
    ['returns', `${'\r'.repeat(500_000)}x`],
    ['beginnings of sections', 'section_start:1:a['.repeat(50_000)],
    ['escapes', '\u001B]'.repeat(300_000)],
    ['parameters of escapes', '\u001B[1;'.repeat(200_000)],
  ])('is found in time of its length, also where it has nothing but %s', (_what, line) => {
    // A quadratic pattern takes minutes here, which is longer than a test may take.
    expect(shownLine(line).length).toBeLessThanOrEqual(line.length);
  });
});
