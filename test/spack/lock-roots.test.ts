import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { spackBuilder } from '../../src/builder/index.ts';
import { orderedLock, readLockfile, type Lockfile } from '../../src/spack/index.ts';
import { applyChange } from '../support/served-stack.ts';
import { findSpacks, readyToBuild, spackLab, warmCache, type SpackLab } from '../support/spack-lab.ts';

const spacks = (await findSpacks()).filter(readyToBuild);
if (spacks.length === 0) test.skip('needs a Spack', () => undefined);

describe.each(spacks)('roots that are concretized separately, Spack $version', ({ root }) => {
  let folder: string;
  let lab: SpackLab;
  let lines: string[];
  let first: Lockfile;
  const place = (name: string) => join(folder, name);

  const write = async (name: string, specs: readonly string[], target = 'x86_64') => {
    const concretizer = { unify: false, reuse: false };
    const spack = { specs, view: false, concretizer, packages: { all: { require: `target=${target}` } } };
    await applyChange(place(name), { 'spack.yaml': JSON.stringify({ spack }) });
  };
  const builder = () => {
    lines = [];
    const env = { ...lab.env, SPACK_ROOT: root };
    const mirrors = async () => ({ variables: [] });
    const log = (line: string) => void lines.push(line);
    return spackBuilder({ env, cacheFolder: place('cache'), log, mirrors });
  };
  const lock = async (base?: Lockfile) => builder().lock({ environment: place('stack'), base });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-roots-'));
    lab = await spackLab({ root, folder: place('lab'), store: place('store') });
    await warmCache(lab, place('cache'));
    await write('stack', ['gauge', 'beacon']);
    first = await lock();
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('are solved at once as far as memory allows', () => {
    expect(lines.find((line) => line.startsWith('Runs at most'))).toMatch(
      /^Runs at most [12] solvers at once for 2 roots: \d+ by/,
    );
  });

  test('are solved once: with one more, only that one is, and the lock is that of Spack’s own run', async () => {
    const specs = ['harbor', 'gauge', 'beacon'];
    await write('stack', specs);
    const made = await lock();
    expect(lines).toContain('Keeps 2 of 3 roots: nothing that decides them has changed');
    expect(lines.join('\n')).toMatch(/Concretized 1 spec/i);
    await write('plain', specs);
    await lab.spack('-e', place('plain'), 'concretize', '--force');
    const plain = orderedLock(readLockfile(await readFile(join(place('plain'), 'spack.lock'), 'utf8'), 'plain'));
    expect(made).toEqual(plain);
    expect(made.roots.filter(({ spec }) => spec !== 'harbor')).toEqual(first.roots);
  });

  test('are kept as a lock to begin with has them, though the configuration has changed since', async () => {
    await write('stack', ['beacon'], 'x86_64_v2');
    const made = await lock(first);
    expect(lines.join('\n')).toContain('No new specs to concretize');
    expect(made.roots).toEqual(first.roots.filter(({ spec }) => spec === 'beacon'));
  });

  test('are of changed recipes where those build in another way now, and not where they have new versions', async () => {
    const request = { environment: place('stack') };
    expect(await builder().changedRecipes(request, first)).toEqual([]);
    await edit('beacon', (text) => text.replace('"red\\n"', '"blue\\n"'));
    await edit('tide', (text) => text.replace('version(', 'version("99.0")\n    version('));
    expect(await builder().changedRecipes(request, first)).toEqual(['beacon']);
  });

  const edit = async (name: string, change: (text: string) => string) => {
    const file = join(place('lab/recipes/packages'), name, 'package.py');
    const text = await readFile(file, 'utf8');
    expect(change(text)).not.toBe(text);
    await writeFile(file, change(text));
  };
});
