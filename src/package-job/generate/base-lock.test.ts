import { describe, expect, test } from 'vitest';
import { tinyLock, tinyNode } from '../../../test/support/mirror-package.ts';
import { lockDigest, writeLockfile, type Lockfile } from '../../spack/index.ts';
import { baseLockOf, lockFromBase } from './base-lock.ts';

const base = tinyLock();
const harbor = tinyNode('harbor', '1.0', [base.tide]);
const made: Lockfile = {
  ...base,
  roots: [...base.roots, { spec: 'harbor', hash: harbor.hash }],
  nodes: new Map([...base.nodes, [harbor.hash, harbor]]),
};
const tested = (paths: readonly string[]) => ({
  pipeline: '12',
  ref: 'main',
  standing: 'trusted' as const,
  locks: paths.map((path) => {
    const lock = writeLockfile(path === 'arm' ? made : base);
    return { path, lock, digest: lockDigest(lock) };
  }),
});

describe('baseLockOf', () => {
  test.each([
    [['x86', 'arm'], 'arm', 2],
    [['x86', 'arm'], undefined, undefined],
    [['x86'], 'other', 1],
    [[], 'x86', undefined],
  ])('of %j for the job with %s is the same job’s, or the only one', (paths, path, roots) => {
    expect(baseLockOf(tested(paths), path)?.lock.roots.length).toBe(roots);
  });

  test('is refused if it is not what was recorded', () => {
    const { locks, ...others } = tested(['x86']);
    const changed = locks.map((one) => ({ ...one, digest: 'a' }));
    expect(() => baseLockOf({ ...others, locks: changed }, 'x86')).toThrow('the lock of pipeline 12 of main');
  });
});

describe('lockFromBase', () => {
  const from = 'the lock of pipeline 12 of main';
  const begin = async (result: Lockfile, changed: () => readonly string[] = () => []) => {
    const lines: string[] = [];
    const options = {
      builder: { lock: async () => result, changedRecipes: async () => changed() },
      request: { environment: '/stack' },
      note: (line: string) => void lines.push(line),
      signal: new AbortController().signal,
    };
    const { reuse } = await lockFromBase({ lock: base, from }, options);
    return { reuse, lines };
  };

  test('says which roots were kept, solved and dropped', async () => {
    const { reuse, lines } = await begin(made);
    expect(reuse).toEqual({ from, kept: ['gauge'], solved: ['harbor'], dropped: [], changedRecipes: [] });
    expect(lines).toEqual([`The lock begins with ${from}: keeps 1 root (gauge); solves 1 root (harbor).`]);
    const others = { ...made, roots: made.roots.filter(({ spec }) => spec === 'harbor') };
    expect((await begin(others)).lines).toEqual([
      `The lock begins with ${from}: solves 1 root (harbor); drops 1 root (gauge).`,
    ]);
  });

  test('says whose recipes have changed since, of the packages that were kept', async () => {
    const { reuse, lines } = await begin(made, () => ['harbor', 'tide']);
    expect(reuse.changedRecipes).toEqual(['tide']);
    expect(lines[1]).toBe(
      'Recipes have changed since: tide stay as in that lock; `lock: fresh` in slipway.yaml takes their present recipes.',
    );
  });

  test('does not fail because recipes cannot be compared', async () => {
    const fail = () => {
      throw new Error('no Python');
    };
    const { reuse, lines } = await begin(made, fail);
    expect(reuse.changedRecipes).toBeUndefined();
    expect(lines).toContain('Whether recipes have changed since is not known: no Python');
  });

  test('says what may be the reason of a failure', async () => {
    const lines: string[] = [];
    const lock = async () => Promise.reject(new Error('conflict'));
    const options = {
      builder: { lock, changedRecipes: async () => [] },
      request: { environment: '/stack' },
      note: (line: string) => void lines.push(line),
      signal: new AbortController().signal,
    };
    await expect(lockFromBase({ lock: base, from }, options)).rejects.toThrow('conflict');
    expect(lines.join('\n')).toContain('`lock: fresh` in slipway.yaml solves all');
  });
});
