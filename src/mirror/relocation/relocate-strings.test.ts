import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { prefixMap } from './prefix-map.ts';
import { relocateStrings } from './relocate-strings.ts';

const padded = `/srv/${'__spack_path_placeholder__/'.repeat(3)}x`;
const map = (from: string, to: string) => prefixMap([[from, to]]);

function relocated(text: string, from: string, to: string): string {
  const bytes = Buffer.from(text, 'latin1');
  expect(relocateStrings(bytes, map(from, to))).toBeGreaterThan(0);
  return bytes.toString('latin1');
}

describe('relocateStrings', () => {
  test.each([
    ['goes on', '/old/tree/lib/plugins|', '/old/tree', '/new', '//////new/lib/plugins|'],
    ['ends at once, as others may', '/old/gauge-abc|', '/old/gauge-abc', '/n/gauge-abc', '///n/gauge-abc|'],
    [
      'ends soon, and leaves enough',
      '/old/very/long/tree/lib|',
      '/old/very/long/tree',
      '/new',
      '/new/lib|/long/tree/lib|',
    ],
    ['stands twice in one', '/old/a/lib:/old/a/lib64/x|', '/old/a', '/b', '/////b/lib://///b/lib64/x|'],
    ['has no end', '/old/a', '/old/a', '/b', '/////b'],
  ])('a string that %s (ends are written `|`)', (_, text, from, to, wanted) => {
    expect(relocated(text.replaceAll('|', '\0'), from, to)).toBe(wanted.replaceAll('|', '\0'));
  });

  test.each([
    ['/opt/a', '/opt/a', '/opt/longer', 'room for 6 characters, and `/opt/longer` has 11'],
    ['/opt/first', '/opt/first', '/opt/one', 'cannot become shorter by 2 characters'],
  ])('%j is refused', (text, from, to, fault) => {
    const bytes = Buffer.from(`${text}\0`);
    expect(relocateStrings(bytes, map(from, to))).toMatchObject({ fault: expect.stringContaining(fault) });
  });

  test('whatever stands around, no byte moves, and each string names the new place', () => {
    const around = fc.string({ unit: fc.constantFrom('a', '/', '-', '\u00ff'), maxLength: 12 });
    fc.assert(
      fc.property(fc.array(fc.tuple(around, around), { minLength: 1 }), (parts) => {
        const text = parts.map(([before, after]) => `${before}\0${padded}${after}\0`).join('');
        const moved = relocated(text, padded, '/new');
        expect(moved).toHaveLength(text.length);
        const strings = moved.split('\0');
        let at = 0;
        for (const [before, after] of parts) {
          expect(strings[at]).toBe(before);
          expect(strings[at + 1]).toMatch(/^\/*\/new/);
          expect(strings[at + 1]?.replace(/^\/*\/new/, '')).toBe(after);
          // What a string that became shorter leaves is the end of what was there.
          const left = strings[at + 2] ?? '';
          const isCut = after.length < 7;
          if (isCut) expect(`${padded}${after}`.endsWith(left)).toBe(true);
          at += isCut ? 3 : 2;
        }
      }),
    );
  });
});
