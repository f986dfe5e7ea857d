import { describe, expect, test } from 'vitest';
import { fixture } from '../../../test/fixtures/spack/fixtures.ts';
import { readSpecFile } from '../buildcache/spec-file.ts';
import { closure, nodeOf, topologicalOrder } from './lock-graph.ts';
import { readLockfile } from './lockfile.ts';

const [zlib, png, build] = ['a', 'b', 'c'].map((letter) => letter.repeat(32)) as [string, string, string];
const arch = { platform: 'linux', platform_os: 'ubuntu18.04', target: 'x86_64' };
const common = { arch, compiler: { name: 'gcc', version: '7.5.0' }, namespace: 'builtin' };
const zlibNode = { zlib: { version: '1.2.11', ...common, parameters: { shared: true, cflags: [] }, hash: zlib } };
const pngNode = {
  libpng: {
    version: '1.6.37',
    ...common,
    parameters: {},
    dependencies: { zlib: { hash: zlib, type: ['build', 'link'] } },
    hash: png,
  },
};

// The shape that the readers of formats 1 and 2 in Spack 0.23 take.
describe('old locks and spec files', () => {
  test.each([1, 2])('a lock of version %d is read by DAG hash', (version) => {
    const roots = [{ hash: version === 1 ? png : build, spec: 'libpng' }];
    const concrete = { [version === 1 ? png : build]: pngNode, [zlib]: zlibNode };
    const meta = { 'file-type': 'spack-lockfile', 'lockfile-version': version };
    const lock = readLockfile(JSON.stringify({ _meta: meta, roots, concrete_specs: concrete }), 'spack.lock', {
      checkHashes: true,
    });
    expect(lock.roots).toEqual([{ hash: png, spec: 'libpng' }]);
    expect(lock.specfileVersion).toBe(1);
    expect(lock.nodes.get(png)).toMatchObject({
      name: 'libpng',
      version: '1.6.37',
      dependencies: [{ name: 'zlib', hash: zlib, parameters: { deptypes: ['build', 'link'], virtuals: [] } }],
    });
  });

  test.each([
    ['0.16', ['autoconf', 'm4', 'libsigsegv', 'perl', 'berkeley-db', 'gdbm', 'readline', 'ncurses', 'pkgconf']],
    ['0.17', ['cmake', 'ncurses', 'pkgconf', 'openssl', 'perl', 'berkeley-db', 'bzip2', 'diffutils', 'libiconv']],
  ])('a lock that Spack %s wrote is whole by DAG hash: roots and dependencies are named by builds', (spack, below) => {
    const file = `old-locks/spack-${spack}.lock`;
    const lock = readLockfile(fixture(file), file, { checkHashes: true });
    expect([...lock.nodes].filter(([key, node]) => key !== node.hash)).toEqual([]);
    const root = lock.roots.find((one) => one.spec.startsWith('json-c'));
    const reached = [...closure(lock, [root?.hash ?? ''], ['build', 'link', 'run'])];
    expect(reached.map((hash) => nodeOf(lock, hash).name)).toEqual(expect.arrayContaining(['json-c', ...below]));
    expect(topologicalOrder(lock)).toHaveLength(lock.nodes.size);
  });

  test('a dependency that an old lock does not hold is named', () => {
    const meta = { 'file-type': 'spack-lockfile', 'lockfile-version': 2 };
    const text = JSON.stringify({
      _meta: meta,
      roots: [{ hash: png, spec: 'libpng' }],
      concrete_specs: { [png]: pngNode },
    });
    expect(() => readLockfile(text, 'spack.lock')).toThrow('depends on zlib/');
  });

  test('a spec file of format 1 is read, as YAML and as JSON', () => {
    const yaml = `spec:\n- libpng: ${JSON.stringify(pngNode.libpng)}\n- zlib: ${JSON.stringify(zlibNode.zlib)}\n`;
    for (const text of [yaml, JSON.stringify({ spec: [pngNode, zlibNode] })]) {
      const { version, nodes } = readSpecFile(text, { allowOld: true });
      expect([version, nodes.map(({ name }) => name)]).toEqual([1, ['libpng', 'zlib']]);
    }
  });

  test('a spec file of format 2 names dependencies by the hash of their build', () => {
    const nodes = [
      {
        name: 'libpng',
        ...pngNode.libpng,
        dependencies: [{ name: 'zlib', build_hash: build, type: ['link'] }],
        build_hash: 'd'.repeat(32),
      },
      { name: 'zlib', ...zlibNode.zlib, build_hash: build },
    ];
    const file = readSpecFile(JSON.stringify({ spec: { _meta: { version: 2 }, nodes } }), { allowOld: true });
    expect(file.nodes[0].dependencies).toMatchObject([
      { name: 'zlib', hash: zlib, parameters: { deptypes: ['link'] } },
    ]);
  });

  test('they are not read unless that is asked for: nothing binds what they say to their hashes', () => {
    expect(() => readSpecFile(JSON.stringify({ spec: [pngNode, zlibNode] }))).toThrow('is not valid');
  });

  test('what is neither is refused with the reason', () => {
    expect(() => readSpecFile('spec: [', { allowOld: true })).toThrow('not valid');
    expect(() => readSpecFile(JSON.stringify({ spec: [{ zlib: 1 }] }), { allowOld: true })).toThrow(
      'not valid: nodes.0',
    );
  });
});
