import { strict as assert } from 'node:assert';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { collectedTerminal } from '../../test/support/collected-terminal.ts';
import type { GithubStandIn } from '../../test/support/github.ts';
import { main } from '../../src/cli/main.ts';
import type { PipelineRecord } from '../../src/pipeline/index.ts';
import { applyChange } from '../../test/support/served-stack.ts';
import { oldStyleFiles } from './tutorial-files.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** What the run needs to use a real Spack. */
export interface SpackSetup {
  /** Variables of all jobs. */
  readonly variables: Readonly<Record<string, string>>;
  /** A bare repository that the generated pipelines are pushed to. */
  readonly downstream: string;
  readonly commit: string;
}

/** The Spack at SPACK_ROOT, which must be a git checkout: the old-style twin clones it, as its kind does. */
export async function spackSetup(folder: string, env: Variables): Promise<SpackSetup | undefined> {
  const root = env.SPACK_ROOT;
  if (root === undefined || root === '') return undefined;
  const { stdout: commit } = await execa('git', ['-c', 'safe.directory=*', '-C', root, 'rev-parse', 'HEAD']);
  const downstream = join(folder, 'downstream.git');
  await execa('git', ['init', '--quiet', '--bare', downstream]);
  const spacks = ['SPACK_USER_CONFIG_PATH', 'SPACK_SYSTEM_CONFIG_PATH', 'SPACK_USER_CACHE_PATH', 'SPACK_PYTHON'];
  const own = [...spacks, 'SLIPWAY_CACHE'];
  const given = own.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const]));
  const places = { SPACK_ROOT: root, SPACK_REPO: `file://${root}`, SPACK_REF: commit, DOWNSTREAM_CI_REPO: downstream };
  return { variables: { ...places, ...Object.fromEntries(given) }, downstream, commit };
}

export interface OldStyleOptions {
  readonly spack: SpackSetup;
  readonly github: GithubStandIn;
  /** The repository's files as they are merged. */
  readonly files: Readonly<Record<string, string>>;
  readonly folder: string;
  /** Folder of the stack's mirror. */
  readonly mirror: string;
  readonly env: Variables;
  readonly pipelineOf: (head: string) => Promise<PipelineRecord>;
  readonly jobsOf: (pipeline: PipelineRecord) => readonly string[];
}

/**
 * Checks the old form of the stack, with a `gitlab-ci:` section, unchanged: `slipway plan` lists what it adds, a pull
 * request with it runs its generated pipeline, and the downstream repository has that pipeline as a commit.
 */
export async function oldStyleSteps(options: OldStyleOptions): Promise<readonly { step: string; fact: string }[]> {
  const twin = await oldStyleFiles();
  const planned = await planOf({ ...options.files, ...twin }, options);
  const head = await options.github.push('old-style', twin, 'main');
  await options.github.openPull({ branch: 'old-style', title: 'The moon, as in the time of gitlab-ci' });
  const pipeline = await options.pipelineOf(head);
  assert.equal(pipeline.status, 'success');
  const jobs = options.jobsOf(pipeline);
  assert.ok(
    jobs.some((name) => name.startsWith('(specs) moon')),
    `moon has a job of the old kind: ${jobs.join(', ')}`,
  );
  return [
    { step: 'old-style twin: planned', fact: planned },
    {
      step: 'old-style twin: generated and run',
      fact: `pipeline ${pipeline.id} ${pipeline.status}: ${jobs.join(', ')}`,
    },
    { step: 'DOWNSTREAM_CI_REPO', fact: await downstreamCommit(options.spack, head) },
  ];
}

async function planOf(
  files: Readonly<Record<string, string>>,
  { folder, mirror, env, spack }: OldStyleOptions,
): Promise<string> {
  const cwd = await mkdtemp(join(folder, 'twin-'));
  await applyChange(cwd, files);
  const collected = collectedTerminal();
  const { signal } = new AbortController();
  const world = { env: { ...env, ...spack.variables }, cwd, terminal: collected.terminal, signal };
  assert.equal(await main(['plan', '--mirror', mirror], world), 0, collected.stderr());
  return collected.stdout().trim().split('\n').at(-1) ?? '';
}

async function downstreamCommit({ downstream }: SpackSetup, head: string): Promise<string> {
  const git = async (...words: readonly string[]) => (await execa('git', ['-C', downstream, ...words])).stdout;
  // What a pull request's jobs test is its head merged into the branch: the commit stands on that.
  const [commit = ''] = (await git('for-each-ref', '--contains', head, '--format=%(objectname)')).split('\n');
  assert.notEqual(commit, '', 'a commit on top of what was tested');
  const pipeline = await git('show', `${commit}:.gitlab-ci.yml`);
  assert.match(pipeline, /SPACK_JOB_SPEC_PKG_NAME: moon/, 'it holds the generated pipeline');
  return `commit ${commit.slice(0, 12)}: ${await git('log', '-1', '--format=%s', commit)}`;
}
