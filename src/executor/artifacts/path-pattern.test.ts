import { describe, expect, test } from 'vitest';
import { fixedFolder, pathPattern } from './path-pattern.ts';

describe('a pattern of paths', () => {
  test.each([
    ['out', 'out', true],
    ['./out/', 'out', true],
    ['out', 'out/x', false],
    ['*.txt', 'a.txt', true],
    ['*.txt', 'b/a.txt', false],
    ['**/*.txt', 'a.txt', true],
    ['**/*.txt', 'b/c/a.txt', true],
    ['out/**', 'out/a/b', true],
    ['out/**/log', 'out/log', true],
    ['out/**/log', 'out/a/b/log', true],
    ['out/**/log', 'out/a/blog', false],
    ['a?c', 'abc', true],
    ['a?c', 'a/c', false],
    ['[a-c]x', 'bx', true],
    ['[!a-c]x', 'bx', false],
    ['{a,b{1,2}}.log', 'b2.log', true],
    ['{a,b}.log', 'c.log', false],
    ['a+b(1).log', 'a+b(1).log', true],
    ['\\*', '*', true],
    ['\\*', 'x', false],
    ['[', '[', true],
    ['é*', 'été', true],
  ])('%s on %s: %s', (pattern, path, expected) => {
    expect(pathPattern(pattern)(path)).toBe(expected);
  });

  test('made to take long takes few steps', () => {
    const name = 'a'.repeat(255);
    expect(pathPattern(`${'*a'.repeat(60)}b`)(name)).toBe(false);
    expect(pathPattern(`${'**/'.repeat(60)}b`)(`${'a/'.repeat(200)}a`)).toBe(false);
    expect(pathPattern('{a,b}'.repeat(40))('x')).toBe(false);
  });

  test('begins where its first wildcard is', () => {
    expect(fixedFolder('a/b/*.txt')).toBe('a/b');
    expect(fixedFolder('a/b')).toBe('a/b');
    expect(fixedFolder('**/x')).toBe('');
  });
});
