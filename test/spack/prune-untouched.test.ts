import { appendFile, cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { main } from '../../src/cli/main.ts';
import { folderStore, pushPackage, v2Layout, v3Layout } from '../../src/mirror/index.ts';
import { readLockfile } from '../../src/spack/index.ts';
import { collectedTerminal } from '../support/collected-terminal.ts';
import { tinyTarball } from '../support/mirror-package.ts';
import { builtinRecipes, findSpacks, readyToBuild, spackLab, type SpackLab } from '../support/spack-lab.ts';

const spacks = (await findSpacks()).filter(readyToBuild);
if (spacks.length === 0) test.skip('needs a Spack', () => undefined);

/** Packages that the mirror lacks: those that the change reaches, and two that have nothing to do with it. */
const missing = ['beacon', 'buoy', 'gauge', 'harbor', 'tide'];
const byTide = ['gauge', 'harbor', 'tide'];
const touching = { SPACK_PRUNE_UNTOUCHED: 'True', SPACK_PRUNE_UP_TO_DATE: 'True' };

/**
 * The project is a copy of the repository with the builtin recipes, as in a pull request to Spack: Spack 0.23 itself,
 * and for Spack 1.x that of its packages. The lab's recipes are among them.
 */
describe.each(spacks)('a change of a builtin recipe deep in the graph, Spack $version', ({ root, version }) => {
  const isOld = version.startsWith('0.');
  const recipes = isOld ? 'var/spack/repos/builtin' : 'repos/spack_repo/builtin';
  let folder: string;
  let project: string;
  let stack: string;
  let lab: SpackLab;

  const git = (...words: string[]) =>
    execa('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.c', ...words], { cwd: project });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-prune-'));
    project = join(folder, 'project');
    stack = join(project, 'stacks/lab');
    await copyRecipes();
    await mkdir(stack, { recursive: true });
    await mkdir(join(project, 'stacks/other'));
    await git('init', '--quiet', '--initial-branch', 'first');
    const used = isOld ? project : root;
    lab = await spackLab({ root: used, folder: join(folder, 'lab'), store: join(folder, 's') });
    await rm(join(folder, 'lab/recipes'), { recursive: true });
    const repos = isOld ? [] : { builtin: join(project, recipes) };
    await lab.configure('repos.yaml', JSON.stringify({ repos }));
    const mirrors = { 'buildcache-destination': { url: `file://${folder}/mirror`, signed: false } };
    const ci = { 'pipeline-gen': [{ 'build-job': { tags: ['lab'] } }] };
    const spack = { specs: ['harbor', 'buoy'], view: false, mirrors, ci };
    await writeFile(join(stack, 'spack.yaml'), JSON.stringify({ spack }));
    await writeFile(join(project, 'stacks/other/spack.yaml'), 'spack: {}\n');
    await lab.spack('-e', stack, 'concretize');
    await fillMirror();
    await git('add', '--force', 'stacks', ...missing.map((name) => `${recipes}/packages/${name}`));
    await git('commit', '--quiet', '--message', 'First');
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function copyRecipes(): Promise<void> {
    const from = isOld ? root : join(builtinRecipes() ?? '', '../../..');
    for (const name of await readdir(from))
      // Spack indexes recipes again that are younger than its index.
      if (name !== '.git')
        await cp(join(from, name), join(project, name), {
          recursive: true,
          preserveTimestamps: true,
          verbatimSymlinks: true,
        });
    const own = join(import.meta.dirname, '../fixtures/spack-lab/packages');
    await cp(own, join(project, recipes, 'packages'), { recursive: true });
  }

  /** Puts everything on the mirror but what is missing. */
  async function fillMirror(): Promise<void> {
    const lock = readLockfile(await readFile(join(stack, 'spack.lock'), 'utf8'), 'spack.lock');
    const store = folderStore(join(folder, 'mirror'), { durable: false });
    const layouts = [isOld ? v2Layout(store) : v3Layout(store)];
    const there = [...lock.nodes.values()].filter(
      (node) => node.external === undefined && !missing.includes(node.name),
    );
    await mkdir(join(folder, 'packed'));
    for (const node of there) {
      const tarball = await tinyTarball(join(folder, 'packed'), lock, node);
      await pushPackage(layouts, { lock, hash: node.hash, tarball });
    }
    await slipway({}, 'mirror', 'index', join(folder, 'mirror'), '--unsigned');
  }

  async function slipway(variables: Readonly<Record<string, string>>, ...words: readonly string[]): Promise<void> {
    const { terminal, stderr } = collectedTerminal();
    const env = { ...lab.env, ...variables };
    const exitCode = await main(words, { env, cwd: stack, terminal, signal: new AbortController().signal });
    expect({ exitCode, stderr: exitCode === 0 ? '' : stderr() }).toEqual({ exitCode: 0, stderr: '' });
  }

  /** Both generate after a commit that adds a line to a file. Returns the packages that have a job. */
  async function built(file: string, variables: Readonly<Record<string, string>>) {
    await git('checkout', '--quiet', '--force', '--detach', 'first');
    await appendFile(join(project, file), '\n');
    await git('add', '--force', file);
    await git('commit', '--quiet', '--message', 'Second');
    const [theirs, ours] = [join(folder, 'theirs'), join(folder, 'ours')];
    await mkdir(theirs, { recursive: true });
    const words = ['ci', 'generate', '--output-file', join(theirs, 'pipeline.yml'), '--artifacts-root', theirs];
    await lab.with(variables).spack('-e', stack, ...words);
    const job = { ...variables, CI_PROJECT_DIR: project };
    await slipway(job, 'generate', '--lock', 'spack.lock', '--artifacts-root', ours);
    return { spack: await jobsIn(theirs), slipway: await jobsIn(ours) };
  }

  const recipe = (name: string) => `${recipes}/packages/${name}/package.py`;

  test('builds it and its dependents, and nothing else that the mirror lacks', async () => {
    expect(await built(recipe('tide'), touching)).toEqual({ spack: byTide, slipway: byTide });
  });

  test('builds all that the mirror lacks without the variable', async () => {
    expect(await built(recipe('tide'), {})).toEqual({ spack: missing, slipway: missing });
  });
});

/** The packages that have a job. */
async function jobsIn(folder: string): Promise<string[]> {
  const names = Object.keys(parse(await readFile(join(folder, 'pipeline.yml'), 'utf8')) as object);
  return names
    .filter((name) => name.includes('@'))
    .map((name) => name.split('@')[0] as string)
    .toSorted();
}
