import { expect, test } from 'vitest';
import { slug } from './slug.ts';

test('every character that a slug may not have becomes a hyphen, and none stands at an end', () => {
  expect(slug('Feature/Some Thing!')).toBe('feature-some-thing');
  expect(slug('build: [x, 2]')).toBe('build---x--2');
  expect(slug(`${'a'.repeat(62)}/b`)).toBe('a'.repeat(62));
});
