import { expect, test } from 'vitest';
import { closestWord } from './closest-word.ts';

test.each([
  ['artifcats', 'artifacts'],
  ['scirpt', 'script'],
  ['befor_script', 'before_script'],
  ['need', 'needs'],
  ['wen', 'when'],
  ['tag', 'tags'],
  ['frobnicate', undefined],
  ['x', undefined],
  ['', undefined],
])('%j most likely means %j', (word, meant) => {
  const words = ['script', 'before_script', 'after_script', 'artifacts', 'needs', 'when', 'tags', 'stage'];
  expect(closestWord(word, words)).toBe(meant);
});

test('very long words cost little where none can be close', () => {
  expect(closestWord('x'.repeat(1_000_000), ['script'])).toBeUndefined();
});
