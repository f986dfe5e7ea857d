import { describe, expect, test } from 'vitest';
import { mergeConfig, mergeScopes, removeConfig } from './merge-config.ts';

// What Spack 0.23's own merge and removal gave for the same values.
describe('mergeConfig', () => {
  test('mappings merge by key, the source first; lists are joined without doubles, the source first', () => {
    const merged = mergeConfig({ tags: ['a', 'b'], image: 'x' }, { script: ['s'], tags: ['c', 'a'] });
    expect(merged).toEqual({ script: ['s'], tags: ['c', 'a', 'b'], image: 'x' });
    expect(Object.keys(merged as object)).toEqual(['script', 'tags', 'image']);
  });

  test('`key::` replaces, `key-:` adds at the end, `key+:` and `key-:` join texts', () => {
    const dest = { script: ['old'], before: ['old'], one: 'old', two: 'old' };
    expect(mergeConfig(dest, { 'script:': ['new'], 'before-': ['new'], 'one+': 'new', 'two-': 'new' })).toEqual({
      script: ['new'],
      before: ['old', 'new'],
      one: 'newold',
      two: 'oldnew',
    });
  });

  test('texts, numbers and values of another kind are replaced, and an empty value replaces too', () => {
    expect(mergeConfig({ a: 'x', b: 1, c: ['l'], d: { e: 1 } }, { a: 'y', b: 2, c: 'text', d: null })).toEqual({
      a: 'y',
      b: 2,
      c: 'text',
      d: null,
    });
  });

  test('entries of lists are compared by what they hold', () => {
    expect(mergeConfig([{ a: 1 }, ['x']], [['x']])).toEqual([['x'], { a: 1 }]);
  });

  test('a suffix on a key that is new is taken off', () => {
    expect(mergeConfig({}, { 'variables:': { 'A-': 'x' } })).toEqual({ variables: { A: 'x' } });
  });

  test('neither value is changed', () => {
    const dest = { a: ['x'], b: { c: 'x' } };
    mergeConfig(dest, { a: ['y'], b: { c: 'y' } });
    expect(dest).toEqual({ a: ['x'], b: { c: 'x' } });
  });
});

describe('mergeScopes', () => {
  test('the first scope counts most', () => {
    const scopes = [{ ci: { list: [1] } }, { ci: { list: [2], a: 'x' } }, { ci: { a: 'y' } }];
    expect(mergeScopes(scopes)).toEqual({ ci: { list: [1, 2], a: 'x' } });
  });
});

describe('removeConfig', () => {
  test('takes entries out of lists, below mappings too, and leaves plain values', () => {
    const dest = { tags: ['a', 'b'], variables: { A: '1', L: ['x', 'y'] }, image: 'i' };
    expect(removeConfig(dest, { tags: ['b'], variables: { A: '1', L: ['x'] }, image: 'i', other: ['z'] })).toEqual({
      tags: ['a'],
      variables: { A: '1', L: ['y'] },
      image: 'i',
    });
  });

  test('`key::` takes the key out', () => {
    expect(removeConfig({ variables: { A: '1', B: '2' } }, { variables: { 'A:': null } })).toEqual({
      variables: { B: '2' },
    });
  });
});
