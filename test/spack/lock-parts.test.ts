import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { orderedLock, readLockfile, type Lockfile } from '../../src/spack/index.ts';
import { collectedTerminal } from '../support/collected-terminal.ts';
import { applyChange } from '../support/served-stack.ts';
import { builtinRecipes, findSpacks, readyToBuild, spackLab, warmCache, type SpackLab } from '../support/spack-lab.ts';

const spacks = (await findSpacks()).filter(readyToBuild);
if (spacks.length === 0) test.skip('needs a Spack', () => undefined);
const hasBuiltin = (version: string) => version.startsWith('0.') || builtinRecipes() !== undefined;

/** What is divided is what Spack makes of a definition and a matrix. */
const specs = ['$compressors', { matrix: [['zlib-ng'], ['+opt', '~opt']] }];
const environment = (unify: boolean) => {
  const spack = { definitions: [{ compressors: ['zstd', 'lz4'] }], specs, view: false, concretizer: { unify } };
  return { 'spack.yaml': JSON.stringify({ spack }) };
};

describe.each(spacks.filter(({ version }) => hasBuiltin(version)))('a lock of two jobs, Spack $version', ({ root }) => {
  let folder: string;
  let lab: SpackLab;
  const place = (name: string) => join(folder, name);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-lock-parts-'));
    lab = await spackLab({ root, folder: place('lab'), store: place('store') });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** Runs a job on a machine of its own: with a checkout and a cache that no other has. */
  async function job(machine: string, ...words: readonly string[]): Promise<string> {
    await warmCache(lab, join(place(machine), 'cache/spack'));
    const { terminal, stderr } = collectedTerminal();
    const env = { ...lab.env, SPACK_ROOT: root, SLIPWAY_CACHE: join(place(machine), 'cache') };
    const cwd = join(place(machine), 'stack');
    const exitCode = await main(words, { env, cwd, terminal, signal: new AbortController().signal });
    expect({ exitCode, stderr: exitCode === 0 ? '' : stderr() }).toEqual({ exitCode: 0, stderr: '' });
    return stderr();
  }

  async function lockAt(path: string): Promise<Lockfile> {
    return orderedLock(readLockfile(await readFile(path, 'utf8'), path, { checkHashes: true }));
  }

  test('has the same roots and packages as Spack’s own run of the whole environment', async () => {
    await applyChange(place('plain'), environment(false));
    await lab.spack('-e', place('plain'), 'concretize');
    for (const machine of ['first', 'second', 'third'])
      await applyChange(join(place(machine), 'stack'), environment(false));
    expect(await job('first', 'lock', '--part', '1/2')).toMatch(/^Part 1 of 2 is in .*: 2 roots\.$/m);
    expect(await job('second', 'lock', '--part', '2/2')).toMatch(/^Part 2 of 2 is in .*: 2 roots\.$/m);
    const parts = 'stack/jobs_scratch_dir/lock_parts';
    for (const machine of ['first', 'second'])
      await cp(join(place(machine), parts), join(place('third'), parts), { recursive: true });
    const shown = await job('third', 'generate', '--lock-parts', 'jobs_scratch_dir/lock_parts');
    expect(shown).toContain('Joined the lock of 2 parts, which have 4 roots.');
    expect(shown).not.toMatch(/concretiz/i);
    const joined = await lockAt(join(place('third'), 'stack/jobs_scratch_dir/concrete_environment/spack.lock'));
    expect(joined).toEqual(await lockAt(join(place('plain'), 'spack.lock')));
  });

  test('is all of the first job’s where roots are concretized together', async () => {
    await applyChange(join(place('fourth'), 'stack'), environment(true));
    const shown = await job('fourth', 'lock', '--part', '2/2');
    expect(shown).toMatch(/^The roots of the environment depend on each other: the first part has all of them$/m);
    expect(shown).toMatch(/^Part 2 of 2 is in .*: 0 roots\.$/m);
  });
});
