import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileRegex } from './linear-regex.ts';

const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\w', '\\d', '^', '$', '\\b', '(a|b)', '(?:ab)', '');
const piece = fc
  .tuple(atom, fc.constantFrom('', '*', '+', '?', '{2}', '{1,3}', '{0,}'))
  .map(([one, count]) => (/[\^$b]$|^$/.test(one) && one !== 'b' ? one : one + count));
const pattern = fc.oneof(
  fc.array(piece, { maxLength: 5 }).map((pieces) => pieces.join('')),
  fc.tuple(piece, piece).map(([left, right]) => `(${left}|${right})*${left}`),
);

describe('patterns', () => {
  test("match what JavaScript's own do", () => {
    fc.assert(
      fc.property(pattern, fc.string({ unit: fc.constantFrom('a', 'b', '1', ' '), maxLength: 8 }), (source, text) => {
        const regex = compileRegex(source, '');
        if (typeof regex === 'string') throw new Error(`${source} ${regex}`);
        expect(regex(text)).toBe(new RegExp(source, 'u').test(text));
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    ['(?i)MAIN', 'main', true],
    ['a(?i:B)c', 'abc', true],
    ['a(?i:B)C', 'abc', false],
    ['(?i)a(?-i)B', 'Ab', false],
    ['(a(?i))B', 'ab', false],
    ['^[[:alpha:]]+[[:^digit:]]$', 'ab', true],
    ['^[[:upper:]_]$', 'a', false],
    ['^[\\w-.]+$', 'a-b.c', true],
    ['^[\\.-9]$', '/', true],
    ['\\x41\\x{42}', 'AB', true],
    ['^\\pL\\p{Nd}\\P{L}$', 'é1-', true],
    ['^\\p{Greek}$', 'λ', true],
    ['\\Qa.b\\E.', 'a.bc', true],
    ['\\Qa.b\\E', 'axb', false],
    ['(?s)a.b', 'a\nb', true],
    ['(?m)^b$', 'a\nb', true],
    ['[^a-c]', 'B', true],
  ])('%s on %j is %s, as in RE2', (source, text, expected) => {
    const regex = compileRegex(source, '');
    expect(typeof regex === 'string' ? regex : regex(text)).toBe(expected);
  });

  test.each(['(?=a)', '(?<!a)b', '\\1', '[[:none:]]', '\\p{None}', '\\x4', '[z-a]', 'a**', '(?x)a'])(
    '%s is refused',
    (source) => {
      expect(compileRegex(source, '')).toBeTypeOf('string');
    },
  );

  test('that would take too many steps are refused', () => {
    expect(compileRegex('(abc){999}', '')).toMatch(/steps/);
    expect(compileRegex('((a{1000}){1000}){1000}', '')).toMatch(/invalid repeat count/);
    expect(compileRegex('(((){1000}){1000}){1000}', '')).toMatch(/too large/);
  });
});
