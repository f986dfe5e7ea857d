import { describe, expect, test } from 'vitest';
import type { EnvironmentChange } from '../../spack/index.ts';
import { applyChanges } from './environment-changes.ts';

function after(before: string | undefined, ...changes: readonly Record<string, string>[]): string | undefined {
  const variables = new Map(before === undefined ? [] : [['X', before]]);
  applyChanges(variables, changes.map((one) => ({ name: 'X', separator: ':', ...one })) as EnvironmentChange[]);
  return variables.get('X');
}

describe('changes of an environment', () => {
  test.each([
    ['a:b', { action: 'set', value: 'c' }, 'c'],
    ['a:b', { action: 'unset' }, undefined],
    [undefined, { action: 'prepend-path', value: 'c' }, 'c'],
    ['a:b', { action: 'prepend-path', value: 'c' }, 'c:a:b'],
    ['a:', { action: 'prepend-path', value: 'c' }, 'c:a:'],
    ['a;b', { action: 'append-path', value: 'c', separator: ';' }, 'a;b;c'],
    ['-O', { action: 'append-flags', value: '-g', separator: ' ' }, '-O -g'],
    ['-O -g -O', { action: 'remove-flags', value: '-O', separator: ' ' }, '-g'],
    ['a:b:a', { action: 'remove-path', value: 'a' }, 'b'],
    ['a:b:a', { action: 'remove-first-path', value: 'a' }, 'b:a'],
    ['a:b:a', { action: 'remove-last-path', value: 'a' }, 'a:b'],
    ['a:b', { action: 'remove-last-path', value: 'c' }, 'a:b'],
    ['/usr/bin:/opt/a/bin:/bin:/opt/b', { action: 'deprioritize-system-paths' }, '/opt/a/bin:/opt/b:/usr/bin:/bin'],
    ['a:b:a', { action: 'prune-duplicate-paths' }, 'a:b'],
  ])('of %s: %o', (before, change, expected) => {
    expect(after(before, change)).toBe(expected);
  });

  test('are made one after the other', () => {
    const [set, add] = [
      { action: 'set', value: 'a' },
      { action: 'append-path', value: 'b' },
    ];
    expect([after('x', set, add), after('x', add, set)]).toEqual(['a:b', 'a']);
  });
});
