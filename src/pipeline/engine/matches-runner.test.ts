import { describe, expect, test } from 'vitest';
import { matchesRunner } from './matches-runner.ts';

describe('a runner', () => {
  const runner = { tags: ['a', 'b'], runUntagged: false, protectedOnly: false };

  test('takes jobs all of whose tags it has', () => {
    expect(matchesRunner({ tags: ['a'] }, runner, { protectedRef: false })).toBe(true);
    expect(matchesRunner({ tags: ['a', 'c'] }, runner, { protectedRef: false })).toBe(false);
    expect(matchesRunner({ tags: ['A'] }, runner, { protectedRef: false })).toBe(false);
  });

  test('takes jobs without tags only if configured to', () => {
    expect(matchesRunner({ tags: [] }, runner, { protectedRef: false })).toBe(false);
    expect(matchesRunner({ tags: [] }, { ...runner, runUntagged: true }, { protectedRef: false })).toBe(true);
  });

  test('for protected refs takes nothing else', () => {
    const guarded = { ...runner, protectedOnly: true };
    expect(matchesRunner({ tags: ['a'] }, guarded, { protectedRef: false })).toBe(false);
    expect(matchesRunner({ tags: ['a'] }, guarded, { protectedRef: true })).toBe(true);
  });
});
