import { describe, expect, test } from 'vitest';
import { fixture, fixturesIn } from '../../../test/fixtures/spack/fixtures.ts';
import { SlipwayError } from '../../kit/index.ts';
import { dagHash, withHash } from './dag-hash.ts';
import { lockDigest, readLockfile, writeLockfile } from './lockfile.ts';
import type { SpecNode } from './node.ts';

const locks = fixturesIn('.', 'spack.lock');

describe('locks that Spack wrote', () => {
  test('are seven, with 386 nodes', () => {
    expect(locks).toHaveLength(7);
    const counts = locks.map((path) => readLockfile(fixture(path), path).nodes.size);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(21 * 3 + 230 + 57 + 15 * 2);
  });

  test.each(locks)('%s: every hash is computed equal', (path) => {
    const lock = readLockfile(fixture(path), path, { checkHashes: true });
    for (const [hash, node] of lock.nodes) expect(dagHash(node)).toBe(hash);
  });

  test.each(locks)('%s: written again, the bytes are the same', (path) => {
    const text = fixture(path);
    expect(writeLockfile(readLockfile(text, path)) === text).toBe(true);
    expect(lockDigest(text)).toBe(lockDigest(Buffer.from(text)));
  });
});

describe('withHash', () => {
  test('gives a node back that lost its hash, and replaces a wrong one', () => {
    const node = [...readLockfile(fixture('spack-1.2/env/spack.lock'), 'l').nodes.values()][0] as SpecNode;
    const { hash: _, ...content } = node;
    expect(JSON.stringify(withHash(content))).toBe(JSON.stringify(node));
    expect(withHash({ ...node, hash: 'x' } as SpecNode)).toEqual(node);
  });

  test('depends on the order of keys', () => {
    const node = [...readLockfile(fixture('spack-1.2/env/spack.lock'), 'l').nodes.values()][0] as SpecNode;
    const { name, ...others } = node;
    expect(dagHash({ ...others, name })).not.toBe(node.hash);
  });
});

const arch = { platform: 'linux', platform_os: 'debian13', target: 'x86_64' };

function node(name: string, dependencies: readonly SpecNode[] = []): SpecNode {
  const links = dependencies.map((one) => {
    return { name: one.name, hash: one.hash, parameters: { deptypes: ['link'] as const, virtuals: [] } };
  });
  return withHash({ name, version: '1', arch, namespace: 'builtin', parameters: {}, dependencies: links });
}

function lockText(nodes: readonly SpecNode[], change: Record<string, unknown> = {}): string {
  const meta = { 'file-type': 'spack-lockfile', 'lockfile-version': 6, 'specfile-version': 5 };
  const specs = Object.fromEntries(nodes.map((one) => [one.hash, one]));
  return JSON.stringify({ _meta: meta, roots: [], concrete_specs: specs, ...change });
}

function failure(text: string, checkHashes = false): SlipwayError {
  try {
    readLockfile(text, 'stack/spack.lock', { checkHashes });
  } catch (error) {
    if (error instanceof SlipwayError) return error;
    throw error;
  }
  throw new Error('the lock was read');
}

describe('a lock that is not whole is refused', () => {
  const leaf = node('leaf');
  const top = node('top', [leaf]);

  test('text that is not JSON, naming the file', () => {
    expect(failure('{"a":')).toMatchObject({ code: 'LOCK_INVALID', exitCode: 2 });
    expect(failure('{"a":').message).toContain('stack/spack.lock');
  });

  test.each(['[]', 'null', '{}', '{"_meta":{"file-type":"other"}}'])('%s is another kind of file', (text) => {
    expect(failure(text).code).toBe('LOCK_WRONG_TYPE');
  });

  test.each([0, 9, '6', undefined])('version %s', (version) => {
    const meta = { 'file-type': 'spack-lockfile', 'lockfile-version': version };
    expect(failure(lockText([], { _meta: meta })).code).toBe('LOCK_VERSION');
  });

  test('without concrete_specs', () => {
    expect(failure(lockText([], { concrete_specs: undefined }))).toMatchObject({ code: 'LOCK_INVALID' });
  });

  test('a root without a node', () => {
    const error = failure(lockText([leaf], { roots: [{ hash: top.hash, spec: 'top' }] }));
    expect(error.code).toBe('LOCK_INVALID');
    expect(error.message).toContain(`root \`top\` has no concrete spec ${top.hash}`);
  });

  test('a dependency without a node', () => {
    const error = failure(lockText([top]));
    expect(error.code).toBe('LOCK_INVALID');
    expect(error.message).toContain(`top/${top.hash} depends on leaf/${leaf.hash}`);
  });

  test('packages in a circle, named in its order', () => {
    const links = [{ name: 'top', hash: top.hash, parameters: { deptypes: ['run' as const], virtuals: [] } }];
    const error = failure(lockText([{ ...leaf, dependencies: links }, top, node('user', [top])]));
    expect(error.code).toBe('LOCK_CYCLE');
    expect(error.message).toMatch(/leaf → top → leaf/);
  });

  test('a hash that is not that of its node, but only if asked', () => {
    const altered = lockText([{ ...leaf, version: '2' }]);
    expect(failure(altered, true)).toMatchObject({ code: 'LOCK_HASH_MISMATCH' });
    expect(readLockfile(altered, 'l').nodes.size).toBe(1);
  });

  test('a node below another key', () => {
    expect(failure(lockText([], { concrete_specs: { [top.hash]: leaf } }))).toMatchObject({ code: 'LOCK_INVALID' });
  });

  test.each(['../up', 'a/b', '', '.hidden'])('a package called "%s"', (name) => {
    const error = failure(lockText([node(name)]));
    expect(error).toMatchObject({ code: 'LOCK_INVALID' });
    expect(error.message).toContain('not a package name');
  });
});

describe('older and newer locks', () => {
  test('format 3 of specs: types stand as `type`, hashes hold, and the text is kept', () => {
    const leaf = node('leaf');
    const dependencies = [{ name: 'leaf', hash: leaf.hash, type: ['build', 'link'] }];
    const top = withHash({ ...node('top'), dependencies } as never);
    const meta = { 'file-type': 'spack-lockfile', 'lockfile-version': 4, 'specfile-version': 3 };
    const text = lockText([leaf, top], { _meta: meta });
    const lock = readLockfile(text, 'l', { checkHashes: true });
    expect(lock.nodes.get(top.hash)?.dependencies?.[0]?.parameters.deptypes).toEqual(['build', 'link']);
    expect(writeLockfile(lock)).toBe(text);
  });

  test('groups of roots and included environments are kept', () => {
    const leaf = node('leaf');
    const meta = { 'file-type': 'spack-lockfile', 'lockfile-version': 7, 'specfile-version': 5 };
    const roots = [{ hash: leaf.hash, spec: 'leaf', group: 'apps' }];
    const { _meta: _, ...rest } = JSON.parse(lockText([leaf], { roots, include_concrete: { '/e': { roots: [] } } }));
    const text = JSON.stringify({ _meta: meta, ...rest });
    const lock = readLockfile(text, 'l');
    expect(lock.roots[0]?.group).toBe('apps');
    expect(writeLockfile(lock)).toBe(text);
  });
});
