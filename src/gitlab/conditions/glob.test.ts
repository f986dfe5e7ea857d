import { expect, test } from 'vitest';
import { compileGlob } from './glob.ts';

// What Ruby's File.fnmatch answers with FNM_PATHNAME | FNM_DOTMATCH | FNM_EXTGLOB.
test.each([
  ['a.c', 'a.c', true],
  ['a.c', 'b/a.c', false],
  ['*.c', 'a.c', true],
  ['*.c', 'b/a.c', false],
  ['*', '.hidden', true],
  ['**/*.c', 'a.c', true],
  ['**/*.c', 'x/y/a.c', true],
  ['**/*.c', 'x/.y/a.c', true],
  ['x/**/*', 'x/a', true],
  ['x/**/*', 'x/a/b', true],
  ['x/**/*', 'xa/b', false],
  ['x/**', 'x/a', true],
  ['x/**', 'x/a/b', false],
  ['x**/b', 'xa/b', true],
  ['x**/b', 'xa/c/b', false],
  ['a?c', 'abc', true],
  ['a?c', 'a/c', false],
  ['[ab].c', 'b.c', true],
  ['[!ab].c', 'b.c', false],
  ['[^ab].c', 'c.c', true],
  ['[a-c]x', 'bx', true],
  ['[a-c]x', 'dx', false],
  ['[/]', '/', false],
  ['*.{c,h}', 'a.h', true],
  ['*.{c,h}', 'a.o', false],
  ['{a,b/{c,d}}/*', 'b/d/x', true],
  ['{a,b/{c,d}}/*', 'b/x', false],
  ['\\*.c', '*.c', true],
  ['\\*.c', 'a.c', false],
  ['a+(b)', 'a+(b)', true],
  ['a.c', 'abc', false],
  ['[', '[', true],
])('%s and %s: %s', (pattern, path, isMatch) => {
  expect(compileGlob(pattern)?.(path)).toBe(isMatch);
});

test('patterns that nobody means are refused', () => {
  expect(compileGlob('a'.repeat(1001))).toBeUndefined();
  expect(compileGlob('{a,'.repeat(30))).toBeUndefined();
  expect(compileGlob('{a,b')).toBeUndefined();
});
