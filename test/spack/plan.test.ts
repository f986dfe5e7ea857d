import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { main } from '../../src/cli/main.ts';
import { dependents, nodeOf, readLockfile, type HashReason, type Lockfile } from '../../src/spack/index.ts';
import { collectedTerminal } from '../support/collected-terminal.ts';
import { findSpacks, spackLab, warmCache } from '../support/spack-lab.ts';

const spacks = (await findSpacks()).filter(({ version }) => version.startsWith('0.23'));
if (spacks.length === 0) test.skip('needs a Spack 0.23', () => undefined);

const tutorial = join(import.meta.dirname, '../fixtures/spack/spack-0.23-tutorial');
const scopes = ['configs', 'configs/linux', 'configs/linux/x86_64_v3'].flatMap((one) => ['--config-scope', one]);
/**
 * Of the tutorial's: what has hwloc far below it, and what has not. Concretizing all of them takes a quarter of an
 * hour.
 */
const roots = ['hdf5+hl+mpi %gcc@11 ^mpich', 'hdf5~mpi %gcc@11', 'zlib-ng %gcc@11'];

describe.each(spacks)('a version bump deep in the tutorial’s lock, Spack $version', ({ root }) => {
  let folder: string;
  let env: Readonly<Record<string, string | undefined>>;
  let before: Lockfile;
  let after: Lockfile;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-tutorial-'));
    const lab = await spackLab({ root, folder: join(folder, 'lab'), store: join(folder, 'store') });
    const system = (await lab.spack('arch', '--operating-system')).trim();
    const compilers = parse(await readFile(join(tutorial, 'compilers.yaml'), 'utf8')) as { compilers: Compiler[] };
    const known = compilers.compilers
      .filter(({ compiler }) => compiler.spec.startsWith('gcc'))
      .map(({ compiler }) => ({ compiler: { ...compiler, operating_system: system } }));
    await lab.configure('compilers.yaml', JSON.stringify({ compilers: known }));
    await warmCache(lab, join(folder, 'slipway/spack'));
    env = { ...lab.env, SPACK_ROOT: root, SLIPWAY_CACHE: join(folder, 'slipway') };
    await cp(join(tutorial, 'configs'), join(folder, 'stack/configs'), { recursive: true });
    await commit({ hwloc: { require: '@2.9.3' } });
    before = await generated();
    await commit({});
    after = await generated();
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** The tutorial's environment with these roots, and what is asked of packages beside what it asks. */
  async function commit(more: Readonly<Record<string, unknown>>): Promise<void> {
    const stack = join(folder, 'stack');
    const { spack } = parse(await readFile(join(tutorial, 'spack.yaml'), 'utf8')) as Tutorial;
    const { definitions: _all, ...rest } = spack;
    const packages = { ...spack.packages, ...more };
    await writeFile(join(stack, 'spack.yaml'), JSON.stringify({ spack: { ...rest, packages, specs: roots } }));
    const git = (...words: string[]) =>
      execa('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.c', ...words], { cwd: stack });
    await git('init', '--quiet');
    await git('add', 'spack.yaml', 'configs');
    await git('commit', '--quiet', '--allow-empty', '--message', 'Change');
  }

  async function slipway(...words: readonly string[]): Promise<string> {
    const { terminal, stdout, stderr } = collectedTerminal();
    const cwd = join(folder, 'stack');
    const exitCode = await main(words, { env, cwd, terminal, signal: new AbortController().signal });
    expect({ exitCode, stderr: exitCode === 0 ? '' : stderr() }).toEqual({ exitCode: 0, stderr: '' });
    return stdout();
  }

  async function generated(): Promise<Lockfile> {
    await slipway('generate', ...scopes, '--artifacts-root', '../out', '--script', 'spack');
    const path = join(folder, 'out/concrete_environment/spack.lock');
    return readLockfile(await readFile(path, 'utf8'), path, { checkHashes: true });
  }

  test('is the root cause of every rebuild, and of nothing else', async () => {
    const { changed } = JSON.parse(await slipway('plan', ...scopes, '--against', 'HEAD^', '--json')) as {
      changed: HashReason[];
    };
    const bumped = [...after.nodes.values()].filter(({ name }) => name === 'hwloc');
    expect(bumped.map(({ version }) => version)).not.toContain('2.9.3');
    const users = dependents(after);
    const above = new Set(bumped.map(({ hash }) => hash));
    for (const hash of above) for (const user of users.get(hash) ?? []) above.add(user);
    expect(above.size).toBeGreaterThan(2);
    expect(new Set(changed.map(({ hash }) => hash))).toEqual(above);
    expect([...after.nodes.keys()].filter((hash) => !before.nodes.has(hash)).toSorted()).toEqual([...above].toSorted());
    for (const { name, roots: causes } of changed) {
      expect(
        causes.map((cause) => cause.name),
        name,
      ).toEqual(['hwloc']);
      expect(causes[0]?.changes).toContain(`version 2.9.3 → ${bumped[0]?.version}`);
    }
  });

  test('is shown by `slipway why` of the package on top, with the way down', async () => {
    const top = after.roots.find(({ spec }) => spec.includes('mpich'));
    const { hash, version } = nodeOf(after, top?.hash ?? '');
    const shown = await slipway('why', `/${hash}`, ...scopes, '--against', 'HEAD^');
    expect(shown).toContain(`hdf5@${version} /${hash.slice(0, 7)} (was /`);
    expect(shown).toMatch(/: hwloc \(version 2\.9\.3 → /);
    expect(await slipway('why', 'zlib-ng', ...scopes, '--against', 'HEAD^')).toContain('nothing changed');
  });
});

interface Compiler {
  readonly compiler: { readonly spec: string };
}

interface Tutorial {
  readonly spack: { readonly packages: object; readonly definitions: unknown };
}
