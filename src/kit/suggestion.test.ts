import { expect, test } from 'vitest';
import { suggestion } from './suggestion.ts';

test('a name that is close is suggested, else those that there are', () => {
  expect(suggestion('mian', ['main', 'stable'])).toBe('Did you mean `main`?');
  expect(suggestion('release', ['main', 'stable'])).toBe('Use one of `main`, `stable`.');
  expect(suggestion('x', [])).toBeUndefined();
  expect(
    suggestion(
      'zzzzzz',
      Array.from({ length: 10 }, (_, index) => `branch-${index}`),
    ),
  ).toMatch(/`branch-7` and 2 more\.$/);
});
