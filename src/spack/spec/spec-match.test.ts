import { describe, expect, test } from 'vitest';
import { fixture } from '../../../test/fixtures/spack/fixtures.ts';
import { readLockfile } from '../lock/lockfile.ts';
import type { SpecNode } from '../lock/node.ts';
import { constrainSpec } from './spec-constrain.ts';
import { formatSpec } from './spec.ts';
import { intersects, satisfies } from './spec-match.ts';
import { parseSpec } from './spec-parser.ts';

const newer = readLockfile(fixture('spack-1.2/env/spack.lock'), 'spack.lock');
const older = readLockfile(fixture('spack-0.23-tutorial/spack.lock'), 'spack.lock');
const named = (name: string) => [...newer.nodes.values()].find((node) => node.name === name) as SpecNode;

describe('a concrete node', () => {
  test.each([
    ['libpng', true],
    ['zlib-ng', false],
    ['@1.6', true],
    ['@1.7:', false],
    ['libpng libs=shared', true],
    ['libpng libs=shared,static', true],
    ['libpng libs:=shared', false],
    ['libpng libs=*', true],
    ['libpng~pic', true],
    ['libpng+pic', false],
    ['libpng pic=False', true],
    ['libpng+nosuchvariant', false],
    ['libpng%gcc', true],
    ['libpng%gcc@12', true],
    ['libpng%gcc@13', false],
    ['libpng%clang', false],
    ['libpng%c=gcc', true],
    ['libpng%fortran=gcc', false],
    ['libpng%c,fortran=gcc', true],
    ['libpng%[deptypes=build] gcc', true],
    ['libpng%[deptypes=link] gcc', false],
    ['libpng++pic', false],
    ['libpng~~pic', false],
    ['libpng++nosuchvariant', true],
    ['libpng%[when=+nosuchvariant] clang', true],
    ['libpng^zlib-ng@2.2', true],
    ['libpng^zlib-ng@2.3', false],
    ['libpng^zlib-api', true],
    ['libpng^glibc@2.41', true],
    ['libpng arch=linux-debian13-x86_64_v3', true],
    ['libpng target=x86_64_v2:', true],
    ['libpng target=x86_64_v4:,aarch64', false],
    ['libpng target=x86_64:haswell', true],
    ['libpng target=zen2', false],
    ['libpng target=*', true],
    ['libpng arch=x86_64:', true],
    ['libpng arch=ppc64le:', false],
    ['libpng os=*', true],
    ['libpng os=debian12', false],
    ['/7zmatq', true],
    ['/aaa', false],
    ['slipway_lab.libpng', true],
    ['other.libpng', false],
    ['libpng cflags=-O3', false],
  ])('libpng and %s: %s', (constraint, expected) => {
    expect(satisfies(named('libpng'), parseSpec(constraint), newer.nodes)).toBe(expected);
    expect(intersects(named('libpng'), parseSpec(constraint), newer.nodes)).toBe(expected);
  });

  test('reaches what is several steps away, but not as a direct dependency', () => {
    const noop = named('slipway-noop');
    expect(satisfies(noop, parseSpec('^gcc-runtime'), newer.nodes)).toBe(true);
    expect(satisfies(noop, parseSpec('%gcc-runtime'), newer.nodes)).toBe(false);
  });

  test('is built by what its own build dependencies name; what built those is found up to Spack 0.23 only', () => {
    expect(satisfies(named('slipway-noop'), parseSpec('^gmake'), newer.nodes)).toBe(false);
    const m4 = [...older.nodes.values()].find(({ name }) => name === 'm4') as SpecNode;
    expect(satisfies(m4, parseSpec('^libiconv', { percent: 'compiler' }), older.nodes)).toBe(true);
    expect(satisfies(m4, parseSpec('^iconv', { percent: 'compiler' }), older.nodes)).toBe(false);
  });

  test('read from an older file says its compiler in its annotations', () => {
    const reused = { ...named('zstd'), dependencies: [], annotations: { compiler: 'clang@=15.0.7' } };
    expect(satisfies(reused, parseSpec('%clang@15'))).toBe(true);
    expect(satisfies(reused, parseSpec('%llvm@16:'))).toBe(false);
  });

  test('satisfies the root spec of its lock, whatever Spack wrote it', () => {
    expect([...older.roots, ...newer.roots]).toHaveLength(37);
    for (const lock of [older, newer]) {
      for (const { hash, spec } of lock.roots) {
        const wanted = parseSpec(spec, { percent: lock === older ? 'compiler' : 'direct' });
        const node = lock.nodes.get(hash) as SpecNode;
        expect([spec, satisfies(node, wanted, lock.nodes)]).toEqual([spec, true]);
      }
    }
  });
});

describe('abstract specs', () => {
  test.each([
    ['a@1.2+x', 'a+x', true],
    ['a', 'a+x', false],
    ['a@1.2', 'a@1', true],
    ['a@1', 'a@1.2', false],
    ['a ^b@2', '^b', true],
    ['a cflags="-O3 -g"', 'a cflags=-g', true],
  ])('%s satisfies %s: %s', (spec, constraint, expected) => {
    expect(satisfies(parseSpec(spec), parseSpec(constraint))).toBe(expected);
  });

  test.each([
    ['a', '+x', true],
    ['a+x', 'a~x', false],
    ['a', 'b', false],
    ['a@1', 'a@2', false],
    ['a ^b@1', 'a ^b@2', false],
    ['a ^b@1', 'a %b@2', true],
    ['a/abc', '/abcd', true],
    ['a/abc', '/abd', false],
    ['a v:=x', 'a v=y', false],
    ['a v=x', 'a v=y', true],
    ['a os=debian13', 'a os=debian12', false],
  ])('%s intersects %s: %s', (left, right, expected) => {
    expect(intersects(parseSpec(left), parseSpec(right))).toBe(expected);
    expect(intersects(parseSpec(right), parseSpec(left))).toBe(expected);
  });

  test.each([
    ['a@1.2: v=x', 'b.a@:1.4,1.6 v=y +z cflags=-g %gcc@11', 'b.a@1.2:1.4,1.6+z v=x,y cflags=-g %gcc@11'],
    ['a ^b@1: cflags=-O2', '^b@:3 cflags=-g ^c', "a ^b@1:3 cflags='-O2 -g' ^c"],
    ['a %[virtuals=c] gcc', '%[virtuals=cxx] gcc@12', 'a %[virtuals=c,cxx] gcc@12'],
  ])('%s with %s', (left, right, joined) => {
    expect(formatSpec(constrainSpec(parseSpec(left), parseSpec(right)))).toBe(joined);
  });

  test('that cannot both hold are named with the reason', () => {
    expect(() => constrainSpec(parseSpec('a+x'), parseSpec('~x'))).toThrow(
      'Specs `a+x` and `~x` contradict each other: variant `x` has two values.',
    );
  });
});
