import { describe, expect, test } from 'vitest';
import { expandVariables } from './expand-variables.ts';
import { resolveVariables } from './resolve-variables.ts';

function resolve(record: Readonly<Record<string, string>>, raw: readonly string[] = []) {
  return resolveVariables(
    Object.fromEntries(Object.entries(record).map(([name, value]) => [name, { value, raw: raw.includes(name) }])),
  );
}

describe('expansion', () => {
  test('knows $X, ${X} and %X%, keeps what is unknown and $$', () => {
    const lookup = (name: string) => (name === 'X' ? 'x' : undefined);
    expect(expandVariables('$X ${X} %X% $Y ${Y} $$X $XX', lookup)).toBe('x x x $Y ${Y} $$X $XX');
  });

  test('a value may hold what looks like a replacement pattern', () => {
    expect(expandVariables('<$X>', () => '$& $1')).toBe('<$& $1>');
  });

  test('goes through variables in any order', () => {
    expect(resolve({ C: '$B!', B: '${A}b', A: 'a' })).toEqual({ C: 'ab!', B: 'ab', A: 'a' });
  });

  test('leaves circles as written', () => {
    expect(resolve({ A: '$B', B: '$A', C: '$A $D', D: 'd' })).toEqual({ A: '$B', B: '$A', C: '$A $D', D: 'd' });
  });

  test('neither expands raw values nor puts them into others', () => {
    expect(resolve({ R: '$A', A: 'a', X: '$R $A' }, ['R'])).toEqual({ R: '$A', A: 'a', X: '$R a' });
  });

  test('does not grow without bound', () => {
    const doubling = Object.fromEntries(
      Array.from({ length: 64 }, (_, index) => [`V${index + 1}`, `$V${index}$V${index}`]),
    );
    const longest = Math.max(...Object.values(resolve({ V0: 'xxxxxxxx', ...doubling })).map((value) => value.length));
    expect(longest).toBeLessThanOrEqual(1_000_100);
  });

  test('does not grow without bound over many variables either', () => {
    const long = { L: 'x'.repeat(900_000) };
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`V${index}`, '$L']));
    const total = Object.values(resolve({ ...long, ...many })).reduce((sum, value) => sum + value.length, 0);
    expect(total).toBeLessThan(20_000_000);
  });
});
