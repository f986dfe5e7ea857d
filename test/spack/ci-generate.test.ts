import { appendFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { main } from '../../src/cli/main.ts';
import { collectedTerminal } from '../support/collected-terminal.ts';
import { builtinRecipes, findSpacks, readyToBuild, spackLab, type SpackLab } from '../support/spack-lab.ts';

const spacks = (await findSpacks()).filter(readyToBuild);
if (spacks.length === 0) test.skip('needs a Spack', () => undefined);

const touching = { SPACK_PRUNE_UNTOUCHED: 'True' };
const toDepth = (depth: string) => ({ ...touching, SPACK_PRUNE_UNTOUCHED_DEPENDENT_DEPTH: depth });
const everything = ['beacon', 'buoy', 'gauge', 'harbor', 'tide'];

const recipe = (name: string) => `repo/packages/${name}/package.py`;
const byGauge = ['gauge', 'harbor', 'tide'];

interface Case {
  readonly title: string;
  /** Files that the commit adds a line to. */
  readonly touches: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
  /** Where Spack leaves out what we do not: docs/decisions/0009. */
  readonly spackBuilds?: readonly string[];
}

const cases: readonly Case[] = [
  { title: 'a recipe in the middle', touches: [recipe('gauge')] },
  { title: 'a recipe on which another depends', touches: [recipe('beacon')] },
  { title: 'a patch beside a recipe', touches: ['repo/packages/gauge/fix.patch'] },
  { title: 'a recipe, dependents not counted,', touches: [recipe('tide')], variables: toDepth('0') },
  { title: 'a recipe, its dependents counted,', touches: [recipe('tide')], variables: toDepth('1') },
  { title: 'a recipe, nothing counted,', touches: [recipe('tide')], variables: toDepth('-1') },
  { title: 'a recipe, the depth being empty,', touches: [recipe('tide')], variables: toDepth('') },
  { title: 'a recipe, the depth being a word,', touches: [recipe('tide')], variables: toDepth('two') },
  { title: 'a recipe that no package is of', touches: [recipe('other')] },
  { title: 'no recipe', touches: ['README.md'] },
  { title: 'the pipeline', touches: ['.gitlab-ci.yml', recipe('gauge')] },
  {
    title: 'a recipe, without having been asked,',
    touches: [recipe('gauge')],
    variables: { SPACK_PRUNE_UNTOUCHED: 'no' },
  },
  { title: 'the configuration', touches: ['configs/packages.yaml', recipe('gauge')], spackBuilds: byGauge },
  { title: 'the environment', touches: ['spack.yaml', recipe('gauge')], spackBuilds: byGauge },
];

describe.each(spacks)('beside `spack ci generate`, Spack $version', ({ root, version }) => {
  let folder: string;
  let stack: string;
  let lab: SpackLab;

  const git = (...words: string[]) =>
    execa('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.c', ...words], { cwd: stack });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-generate-'));
    stack = join(folder, 'stack');
    lab = await spackLab({ root, folder: join(folder, 'lab'), store: join(folder, 's') });
    await cp(join(folder, 'lab/recipes'), join(stack, 'repo'), { recursive: true });
    const own = join(stack, 'repo');
    const repos = version.startsWith('0.') ? [own] : { lab: own, builtin: builtinRecipes() };
    await lab.configure('repos.yaml', JSON.stringify({ repos }));
    await mkdir(join(folder, 'mirror'));
    await mkdir(join(stack, 'configs'));
    await writeFile(join(stack, 'configs/packages.yaml'), 'packages: {}\n');
    const spack = {
      specs: ['harbor', 'buoy'],
      view: false,
      include: ['configs/packages.yaml'],
      mirrors: {
        'buildcache-destination': `file://${folder}/mirror`,
        'buildcache-source': `file://${folder}/mirror`,
      },
      ci: { 'pipeline-gen': [{ 'build-job': { tags: ['lab'] } }] },
    };
    await writeFile(join(stack, 'spack.yaml'), JSON.stringify({ spack }));
    await lab.spack('-e', stack, 'concretize');
    await git('init', '--quiet', '--initial-branch', 'first');
    await git('add', '.');
    await git('commit', '--quiet', '--message', 'First');
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** A commit on top of the first one that adds a line to these files. */
  async function commit(files: readonly string[]): Promise<void> {
    await git('checkout', '--quiet', '--force', '--detach', 'first');
    for (const path of files) {
      await mkdir(dirname(join(stack, path)), { recursive: true });
      await appendFile(join(stack, path), '\n');
    }
    await git('add', '.');
    await git('commit', '--quiet', '--message', 'Second');
  }

  /** Both generate, each into the folder that is given back. */
  async function generate(variables: Readonly<Record<string, string>>): Promise<{ spack: string; slipway: string }> {
    const [theirs, ours] = [join(folder, 'theirs'), join(folder, 'ours')];
    const env = { ...lab.env, ...variables, CI_PROJECT_DIR: stack };
    // The last commit of the builtin recipes, which would count too, is not about this stack.
    const theirEnv = { ...variables, GIT_CEILING_DIRECTORIES: process.env.SLIPWAY_TEST_SPACK_PACKAGES ?? '' };
    const words = ['ci', 'generate', '--output-file', join(theirs, 'pipeline.yml'), '--artifacts-root', theirs];
    await mkdir(theirs, { recursive: true });
    await lab.with(theirEnv).spack('-e', stack, ...words);
    const { terminal, stderr } = collectedTerminal();
    const our = ['generate', '--lock', 'spack.lock', '--artifacts-root', ours];
    const exitCode = await main(our, { env, cwd: stack, terminal, signal: new AbortController().signal });
    expect({ exitCode, shown: stderr() }).toMatchObject({ exitCode: 0 });
    return { spack: theirs, slipway: ours };
  }

  // 0.23 asks the last commit of its own clone, 1.x that of every repository of recipes.
  test.skipIf(version.startsWith('0.')).each(cases)(
    'a commit that touches $title leaves the same packages to build',
    async ({ touches, variables = touching, spackBuilds }) => {
      await commit(touches);
      const { spack, slipway } = await generate(variables);
      const ours = await built(slipway);
      expect(await built(spack)).toEqual(spackBuilds ?? ours);
      if (spackBuilds !== undefined) expect(ours).toEqual(everything);
    },
  );

  test.each<Readonly<Record<string, string>>>([
    {},
    { SPACK_CI_STACK_NAME: 'lab' },
    { SPACK_PIPELINE_TYPE: 'spack_copy_only' },
  ])('what is to be copied elsewhere is listed in the same way: %j', async (variables) => {
    const { spack, slipway } = await generate({ ...variables, SPACK_COPY_BUILDCACHE: 's3://elsewhere/mirror' });
    const list = `specs_to_copy/copy_${variables['SPACK_CI_STACK_NAME'] ?? 'rebuilt'}_specs.json`;
    const [theirs, ours] = await Promise.all(
      [spack, slipway].map(async (place) => JSON.parse(await readFile(join(place, list), 'utf8')) as object),
    );
    expect(Object.keys(ours ?? {}).length).toBeGreaterThanOrEqual(everything.length);
    expect(ours).toEqual(theirs);
  });
});

/** The packages of the lab that have a job. */
async function built(folder: string): Promise<string[]> {
  const names = Object.keys(parse(await readFile(join(folder, 'pipeline.yml'), 'utf8')) as object);
  return names
    .map((name) => name.split('@')[0] as string)
    .filter((name) => everything.includes(name))
    .toSorted();
}
