import { describe, expect, test } from 'vitest';
import { scopeCache, type CacheScope } from './cache-scope.ts';
import type { Cache } from './job-plan.ts';

const cache = (more: Partial<Cache> = {}): Cache => ({
  key: 'k',
  fallbackKeys: [],
  paths: ['p'],
  untracked: false,
  unprotect: false,
  policy: 'pull-push',
  when: 'on_success',
  ...more,
});
const scopes: readonly CacheScope[] = [
  { kind: 'protected' },
  { kind: 'non_protected' },
  { kind: 'outside', change: '1' },
  { kind: 'outside', change: '2' },
];

describe('the key of a cache', () => {
  test('is another one for protected refs, for other ones, and for each change of an outsider', () => {
    expect(scopes.map((scope) => scopeCache(cache(), scope).key)).toEqual([
      'k-protected',
      'k-non_protected',
      'k-outside-1',
      'k-outside-2',
    ]);
  });

  test('is one and the same with `unprotect`, but for outsiders', () => {
    expect(scopes.map((scope) => scopeCache(cache({ unprotect: true }), scope).key)).toEqual([
      'k-unprotected',
      'k-unprotected',
      'k-outside-1',
      'k-outside-2',
    ]);
  });

  test('cannot be made another scope’s by naming it', () => {
    const protectedKey = scopeCache(cache(), { kind: 'protected' }).key;
    for (const scope of scopes.slice(1))
      for (const unprotect of [true, false])
        expect(scopeCache(cache({ key: protectedKey, unprotect }), scope).key).not.toBe(protectedKey);
  });

  test('has the fallback keys of the cache and then the one of the pipeline, in the same scope', () => {
    const { fallbackKeys } = scopeCache(cache({ fallbackKeys: ['f'] }), { kind: 'protected' }, 'g');
    expect(fallbackKeys).toEqual(['f-protected', 'g-protected']);
  });
});
