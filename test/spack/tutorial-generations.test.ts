import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { main } from '../../src/cli/main.ts';
import { parseSpec, readEnvironment, readLockfile, type Lockfile } from '../../src/spack/index.ts';
import { formatSpec } from '../../src/spack/spec/spec.ts';
import { fixture } from '../fixtures/spack/fixtures.ts';
import { collectedTerminal } from '../support/collected-terminal.ts';
import { findSpacks, readyToBuild, spackLab, warmCache, type SpackLab } from '../support/spack-lab.ts';

/**
 * The stack of the Spack tutorial's container (github:spack/spack-tutorial-container) in all its commits:
 * SLIPWAY_TEST_SEED_REPOSITORY names a clone.
 */
const clone = process.env.SLIPWAY_TEST_SEED_REPOSITORY;
const spacks = clone === undefined ? [] : (await findSpacks()).filter(readyToBuild);
if (clone === undefined)
  process.stderr.write('skipped: SLIPWAY_TEST_SEED_REPOSITORY names no clone of spack/spack-tutorial-container\n');
if (spacks.length === 0) test.skip('needs a Spack and a clone of the tutorial container', () => undefined);

const git = async (...words: string[]) => (await execa('git', ['-C', clone ?? '.', ...words])).stdout;

/** The first commit of each generation of `gitlab-ci`, and the newest. Each has all mappings in other images and tags. */
const generations = [
  { commit: '6d1ef00', what: 'Spack 0.13: jobs without scripts, indexes at the end', sizes: ['r5.2xlarge'] },
  { commit: '9c9b10f', what: 'Spack 0.15: mappings by size', sizes: ['r5.2xlarge', 'large', 'medium'] },
  { commit: 'f0480a7', what: 'Spack 0.16: public runners', sizes: ['huge', 'xlarge', 'large'] },
  { commit: '03c3e6b', what: 'a newer Spack: scripts, service jobs', sizes: ['huge', 'xlarge', 'large'] },
  { commit: 'b4ec5e2', what: 'Spack 0.16.1: scripts, indexes at the end', sizes: ['huge', 'xlarge', 'large'] },
  { commit: '32313cd', what: 'the newest commit', sizes: ['huge', 'xlarge', 'large'] },
];

/** Of the stack's roots: a library, one with flags for it, and one that needs MPI nowhere. All three take seconds. */
const cut = ['zlib', 'tcl ^zlib cppflags=-O3', 'netlib-lapack'];

interface Section {
  readonly spack: {
    readonly definitions: unknown;
    readonly specs: unknown;
    readonly 'gitlab-ci': unknown;
    readonly cdash: unknown;
  };
}

/**
 * A generation's `gitlab-ci` over other roots. Images and tags stay; `os=ubuntu18.04` is the system of the lock, and the
 * roots have no compiler of 2020 (`%gcc@7.4.0`, `%clang@6.0.0`): the machine's own is the present-day equivalent. The
 * mirror in Spack's cloud is left out, where Spack 0.23 looks for packages to reuse.
 */
async function stackAt(commit: string, { roots, system }: { roots: readonly string[]; system: string }) {
  const { spack } = parse(await git('show', `${commit}:spack.yaml`)) as Section;
  const { 'gitlab-ci': legacy, cdash, definitions } = spack;
  const packages = { all: { require: 'target=x86_64' } };
  const text = JSON.stringify({
    spack: { definitions, specs: roots, 'gitlab-ci': legacy, cdash, packages, view: false },
  });
  return text.replaceAll('ubuntu18.04', system);
}

describe.each(spacks)('the tutorial container’s stack, Spack $version', ({ root, version }) => {
  let folder: string;
  let lab: SpackLab;
  let env: Readonly<Record<string, string | undefined>>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-generations-'));
    lab = await spackLab({ root, folder: join(folder, 'lab'), store: join(folder, 'store') });
    await warmCache(lab, join(folder, 'slipway/spack'));
    env = { ...lab.env, SPACK_ROOT: root, SLIPWAY_CACHE: join(folder, 'slipway') };
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('expands to the roots that Spack has, in every commit', async () => {
    const commits = (await git('log', '--format=%H', '--reverse', '--', 'spack.yaml')).split('\n');
    const texts = new Map<string, string>();
    for (const commit of commits)
      texts.set(await git('rev-parse', `${commit}:spack.yaml`), await git('show', `${commit}:spack.yaml`));
    expect(texts.size).toBeGreaterThan(15);
    const stacks = [...texts.values()].map((text) => {
      const { definitions, specs } = (parse(text) as Section).spack;
      return { spack: { definitions, specs } };
    });
    await writeFile(join(folder, 'stacks.json'), JSON.stringify(stacks));
    await writeFile(join(folder, 'ask.py'), askSpack);
    await lab.spack('python', join(folder, 'ask.py'), folder);
    const answers = JSON.parse(await readFile(join(folder, 'answers.json'), 'utf8')) as string[][];
    // What stands after `%` in a text of 0.23 belongs to the compiler alone.
    const options = version.startsWith('0.') ? ({ percent: 'compiler' } as const) : {};
    const plain = (specs: readonly string[]) => specs.map((text) => formatSpec(parseSpec(text, options)));
    for (const [index, text] of [...texts.values()].entries()) {
      const { environment, diagnostics } = readEnvironment(text, 'spack.yaml');
      expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
      expect(plain(environment?.specs.map((one) => one.text) ?? [])).toEqual(plain(answers[index] ?? []));
    }
  });

  async function generate(text: string, ...words: readonly string[]) {
    const stack = await mkdtemp(join(folder, 'stack-'));
    await writeFile(join(stack, 'spack.yaml'), text);
    const { terminal, stderr } = collectedTerminal();
    const all = ['generate', '--mirror', `file://${folder}/nowhere`, ...words];
    const exitCode = await main(all, { env, cwd: stack, terminal, signal: new AbortController().signal });
    expect({ exitCode, stderr: exitCode === 0 ? '' : stderr() }).toEqual({ exitCode: 0, stderr: '' });
    const out = join(stack, 'jobs_scratch_dir');
    const path = join(out, 'concrete_environment/spack.lock');
    return {
      lock: readLockfile(await readFile(path, 'utf8'), path, { checkHashes: true }),
      jobs: packageJobs(await readFile(join(out, 'pipeline.yml'), 'utf8')),
      stderr: stderr(),
    };
  }

  test.each(generations)('has a pipeline of a lock made today: $commit, $what', async ({ commit }) => {
    const system = (await lab.spack('arch', '--operating-system')).trim();
    const { lock, jobs, stderr } = await generate(await stackAt(commit, { roots: cut, system }));
    expect(lock.roots).toHaveLength(cut.length);
    expect(jobs.map(({ hash }) => hash).toSorted()).toEqual(built(lock));
    expect(stderr).not.toContain('No mapping of the stack matches');
  });

  test.each(generations)(
    'has the jobs that its mappings say, of the tutorial’s whole lock: $commit',
    async ({ commit, sizes }) => {
      const name = 'spack-0.23-tutorial/spack.lock';
      const whole = readLockfile(fixture(name), name);
      const system = [...whole.nodes.values()][0]?.arch.platform_os ?? '';
      const lockFile = join(folder, 'tutorial.lock');
      await writeFile(lockFile, fixture(name));
      const { jobs } = await generate(await stackAt(commit, { roots: cut, system }), '--lock', lockFile);
      expect(jobs.map(({ hash }) => hash).toSorted()).toEqual(built(whole));
      const ofName = (wanted: string) => jobs.find((job) => job.name === wanted)?.tags;
      const [largest, large = largest, rest] = sizes;
      if (sizes.length > 1) expect(ofName('llvm')).toContain(largest);
      expect(ofName('trilinos')).toContain(large);
      if (rest !== undefined) expect(ofName('hdf5')).toContain(rest);
      else expect(ofName('hdf5')).not.toContain(largest);
    },
  );
});

/** Hashes of the packages that have jobs where no mirror has any. */
function built(lock: Lockfile): readonly string[] {
  return [...lock.nodes.values()]
    .filter(({ external }) => external === undefined)
    .map(({ hash }) => hash)
    .toSorted();
}

interface Job {
  readonly tags?: readonly string[];
  /** Where jobs share what they have. */
  readonly extends?: string;
  readonly variables?: Readonly<Record<string, string>>;
}

function packageJobs(text: string) {
  const all = parse(text, { maxAliasCount: -1 }) as Readonly<Record<string, Job>>;
  return Object.values(all).flatMap(({ extends: shared = '', tags = all[shared]?.tags, variables }) => {
    const hash = variables?.['SPACK_JOB_SPEC_DAG_HASH'];
    return hash === undefined ? [] : [{ hash, name: variables?.['SPACK_JOB_SPEC_PKG_NAME'], tags }];
  });
}

/** Asks Spack for the roots of environments, without concretizing. */
const askSpack = `
import json, os, sys
import spack.environment as ev
folder = sys.argv[1]
answers = []
for index, stack in enumerate(json.load(open(os.path.join(folder, "stacks.json")))):
    place = os.path.join(folder, "asked-%d" % index)
    os.makedirs(place)
    with open(os.path.join(place, "spack.yaml"), "w") as out:
        json.dump(stack, out)
    env = ev.Environment(place)
    ev.activate(env)
    answers.append([str(spec) for spec in env.user_specs])
    ev.deactivate()
with open(os.path.join(folder, "answers.json"), "w") as out:
    json.dump(answers, out)
`;
