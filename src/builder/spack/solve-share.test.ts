import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { fakeSpack } from '../../../test/support/fake-spack.ts';
import { temporaryFolder, tinyNode } from '../../../test/support/mirror-package.ts';
import { writeLockfile, type Lockfile } from '../../spack/index.ts';
import { spackBuilder } from './spack-builder.ts';

const names = ['anchor', 'buoy', 'chart', 'dock', 'ebb'];
const nodes = new Map(names.map((name) => [name, tinyNode(name, '1.0', [])]));

function lockOf(roots: readonly string[]): Lockfile {
  const found = roots.map((name) => ({ spec: name, hash: nodes.get(name)?.hash ?? '' }));
  const needed = [...nodes.values()].filter(({ name }) => roots.includes(name));
  const spack = { version: '1.0' };
  return {
    lockfileVersion: 6,
    specfileVersion: 5,
    spack,
    roots: found,
    nodes: new Map(needed.map((one) => [one.hash, one])),
  };
}

let folder: string;
let stack: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  stack = join(folder, 'stack');
  await mkdir(stack);
});

interface Answers {
  /** What Spack says about the roots; undefined where it cannot list them. */
  readonly isIndependent?: boolean | undefined;
  readonly base?: Lockfile;
}

/** Locks a share with a cache of its own. Returns the roots that Spack saw and the roots of the lock. */
async function lockShare(part: number, parts: number, { isIndependent, base }: Answers) {
  await writeFile(
    join(stack, 'spack.yaml'),
    JSON.stringify({ spack: { specs: names, concretizer: { reuse: false } } }),
  );
  const answers = join(folder, 'answers');
  await mkdir(answers, { recursive: true });
  const seen = join(folder, 'seen.yaml');
  await rm(seen, { force: true });
  const listed = JSON.stringify({ roots: names, isIndependent, jobs: 1 });
  const python = isIndependent === undefined ? 'echo "Error: no"; exit 1' : `echo '${listed}' > "$2"`;
  const concretize = `cp "$env/spack.yaml" '${seen}'; cp "$env/spack.lock" '${seen}.lock' 2>/dev/null
exec node '${join(folder, 'answer.mjs')}' "$env"`;
  const answer = `import { readFileSync, writeFileSync } from 'node:fs';
const [, , env] = process.argv;
const all = JSON.parse(${JSON.stringify(writeLockfile(lockOf(names)))});
const text = readFileSync(env + '/spack.yaml', 'utf8');
const roots = all.roots.filter(({ spec }) => text.includes(spec));
const kept = new Set(roots.map(({ hash }) => hash));
const concrete_specs = Object.fromEntries(Object.entries(all.concrete_specs).filter(([hash]) => kept.has(hash)));
writeFileSync(env + '/spack.lock', JSON.stringify({ ...all, roots, concrete_specs }));
`;
  await writeFile(join(folder, 'answer.mjs'), answer);
  const { env } = await fakeSpack(folder, { commands: { config: "echo '- compiler:'", python, concretize } });
  const mirrors = async () => ({ variables: [], state: 'the same' });
  const cacheFolder = join(folder, `cache-${part}`);
  const builder = spackBuilder({ env, cacheFolder, log: () => undefined, mirrors });
  const lock = await builder.lock({ environment: stack, base, share: { part, parts } });
  const text = await readFile(seen, 'utf8').catch(() => '{}');
  const view = parse(text) as { readonly spack?: { readonly specs: readonly string[] } };
  return { solved: view.spack?.specs, roots: lock.roots.map(({ spec }) => spec), nodes: lock.nodes.size };
}

describe('a share of the roots of an environment', () => {
  test('is every root of its number, and each root is in one share', async () => {
    expect(await lockShare(1, 2, { isIndependent: true })).toEqual({
      solved: ['anchor', 'chart', 'ebb'],
      roots: ['anchor', 'chart', 'ebb'],
      nodes: 3,
    });
    expect(await lockShare(2, 2, { isIndependent: true })).toMatchObject({ solved: ['buoy', 'dock'] });
  });

  test('needs no Spack where there are more shares than roots', async () => {
    expect(await lockShare(6, 7, { isIndependent: true })).toEqual({ solved: undefined, roots: [], nodes: 0 });
  });

  test('is everything or nothing where roots depend on each other', async () => {
    expect(await lockShare(1, 2, { isIndependent: false })).toMatchObject({ solved: names, nodes: 5 });
    expect(await lockShare(2, 2, { isIndependent: false })).toEqual({ solved: undefined, roots: [], nodes: 0 });
  });

  test('has all roots of the lock that it begins with, and its share of the others', async () => {
    const base = lockOf(['buoy', 'chart']);
    expect(await lockShare(1, 2, { isIndependent: true, base })).toMatchObject({
      solved: ['anchor', 'buoy', 'chart', 'ebb'],
    });
    expect(await readFile(join(folder, 'seen.yaml.lock'), 'utf8')).toBe(writeLockfile(base));
    expect(await lockShare(2, 2, { isIndependent: true, base })).toMatchObject({ solved: ['buoy', 'chart', 'dock'] });
  });

  test('is refused where Spack cannot list the roots', async () => {
    await expect(lockShare(1, 2, { isIndependent: undefined })).rejects.toMatchObject({ code: 'SPACK_FAILED' });
  });
});
