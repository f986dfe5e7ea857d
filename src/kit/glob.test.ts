import { describe, expect, test } from 'vitest';
import { compileGlob, fixedFolder, type GlobRules } from './glob.ts';

describe('fnmatch answers as Ruby does with FNM_PATHNAME, FNM_DOTMATCH and FNM_EXTGLOB', () => {
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
    ['**/a/**/b', 'x/a/y/a/b', true],
    ['**/a*c/d', 'a/abc/acc/d', true],
    ['**/a*c/d', 'abc/acc/e', false],
    ['a?c', 'abc', true],
    ['a?c', 'a/c', false],
    ['[ab].c', 'b.c', true],
    ['[!ab].c', 'b.c', false],
    ['[^ab].c', 'c.c', true],
    ['[a-c]x', 'bx', true],
    ['[a-c]x', 'dx', false],
    ['[/]', '/', false],
    ['[!]', '!', true],
    ['*.{c,h}', 'a.h', true],
    ['*.{c,h}', 'a.o', false],
    ['{a,b/{c,d}}/*', 'b/d/x', true],
    ['{a,b/{c,d}}/*', 'b/x', false],
    ['\\{a,b\\}', '{a,b}', true],
    ['a}', 'a}', true],
    ['\\*.c', '*.c', true],
    ['\\*.c', 'a.c', false],
    ['a+(b)', 'a+(b)', true],
    ['a.c', 'abc', false],
    ['[', '[', true],
  ])('%s and %s: %s', (pattern, path, expected) => {
    expect(compileGlob(pattern, 'fnmatch')(path)).toBe(expected);
  });
});

describe('doublestar answers as the patterns of artifacts do', () => {
  test.each([
    ['out', 'out', true],
    ['./out/', 'out', true],
    ['out', 'out/x', false],
    ['*.txt', 'a.txt', true],
    ['*.txt', 'b/a.txt', false],
    ['**/*.txt', 'a.txt', true],
    ['**/*.txt', 'b/c/a.txt', true],
    ['out/**', 'out/a/b', true],
    ['out/**', 'out', true],
    ['out/**', 'outer', false],
    ['**', 'a/b', true],
    ['out/**/log', 'out/log', true],
    ['out/**/log', 'out/a/b/log', true],
    ['out/**/log', 'out/a/blog', false],
    ['a?c', 'abc', true],
    ['a?c', 'a/c', false],
    ['a?c', 'a😀c', true],
    ['[a-c]x', 'bx', true],
    ['[!a-c]x', 'bx', false],
    ['{a,b{1,2}}.log', 'b2.log', true],
    ['{a,b}.log', 'c.log', false],
    ['{a/**,b}', 'a', true],
    ['a+b(1).log', 'a+b(1).log', true],
    ['\\*', '*', true],
    ['\\*', 'x', false],
    ['[', '[', true],
    ['é*', 'été', true],
  ])('%s on %s: %s', (pattern, path, expected) => {
    expect(compileGlob(pattern, 'doublestar')(path)).toBe(expected);
  });

  test('a walk begins at the first folder with a wildcard', () => {
    expect(fixedFolder('a/b/*.txt')).toBe('a/b');
    expect(fixedFolder('./a/b')).toBe('a/b');
    expect(fixedFolder('**/x')).toBe('');
  });
});

describe('include gives meaning to nothing but stars', () => {
  test.each([
    ['ci/*.yml', 'ci/a.yml', true],
    ['ci/*.yml', 'ci/x/a.yml', false],
    ['ci/**.yml', 'ci/x/a.yml', true],
    ['ci/**/a.yml', 'ci/a.yml', true],
    ['ci/**/a.yml', 'ci/x/y/a.yml', true],
    ['ci/**/a.yml', 'ci/ba.yml', false],
    ['ci**/a.yml', 'ci-x/a.yml', true],
    ['**/b*.yml', 'a/x/bc.yml', true],
    ['ci/[a].yml', 'ci/a.yml', false],
  ])('%s and %s: %s', (pattern, path, expected) => {
    expect(compileGlob(pattern, 'include')(path)).toBe(expected);
  });
});

describe('text takes `*` for any text', () => {
  test.each([
    ['release/*', 'release/1.0', true],
    ['release/*', 'release/', true],
    ['release/*', 'prerelease/1', false],
    ['*', 'any/thing', true],
    ['v1.0', 'v1x0', false],
    ['a+(b)', 'a+(b)', true],
    ['main', 'main\nevil', false],
    ['rev-*', 'rev-1\nx', true],
    ['lib*.so.*', 'libcuda.so.1', true],
    ['a*b*c', 'abcbcb', false],
  ])('%j against %j: %s', (pattern, name, expected) => {
    expect(compileGlob(pattern, 'text')(name)).toBe(expected);
  });
});

describe('a pattern that is a mistake', () => {
  test.each(['fnmatch', 'doublestar'] satisfies GlobRules[])('matches nothing (%s)', (rules) => {
    expect(compileGlob(`*${'a'.repeat(1000)}`, rules)('a'.repeat(1000))).toBe(false);
    expect(compileGlob('{a,'.repeat(30), rules)('a')).toBe(false);
    expect(compileGlob('{a,b', rules)('{a,b')).toBe(false);
    expect(compileGlob('{a,b}'.repeat(40), rules)('x')).toBe(false);
  });

  test('takes few steps', () => {
    let steps = 0;
    const count = (more: number) => (steps += more);
    expect(compileGlob(`${'*a'.repeat(60)}b`, 'doublestar', count)('a'.repeat(255))).toBe(false);
    expect(compileGlob(`${'**/'.repeat(60)}b`, 'doublestar', count)(`${'a/'.repeat(200)}a`)).toBe(false);
    expect(steps).toBeLessThan(10_000);
    expect(compileGlob(`**${'a'.repeat(450)}*${'a'.repeat(450)}b`, 'include', count)('a'.repeat(4000))).toBe(false);
    expect(steps).toBeLessThan(1_100_000);
  });
});
