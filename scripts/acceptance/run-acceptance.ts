import { strict as assert } from 'node:assert';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import manifest from '../../package.json' with { type: 'json' };
import { runImage } from '../../src/demo/run-image.ts';
import { watchStack } from '../../src/demo/watch-stack.ts';
import { programEntry } from '../../src/kit/package-root.ts';
import { openServer, type RunningServer } from '../../src/server/assembly/open-server.ts';
import { settingsOf } from '../../src/coordinator/configuration/server-settings.ts';
import { createTerminal } from '../../src/cli/terminal.ts';
import { isFinal, type PipelineRecord } from '../../src/pipeline/index.ts';
import { createLogger } from '../../src/cli/logger.ts';
import { startDockerRegistry } from '../../test/support/docker-registry.ts';
import type { LocalBase } from '../../test/support/local-base.ts';
import { githubStandIn, type GithubStandIn } from '../../test/support/github.ts';
import { imageSteps, tutorialBase, withoutDockerfile } from './image-steps.ts';
import { oldStyleSteps, spackSetup, type SpackSetup } from './spack-steps.ts';
import { tutorialFiles } from './tutorial-files.ts';

export interface Step {
  readonly step: string;
  /** What was seen. */
  readonly fact: string;
}

export interface AcceptanceOptions {
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** Path of `docker-registry`, to publish to it. */
  readonly registry: string | undefined;
  /** Path of the program that builds Dockerfiles, where there is one. */
  readonly builder: string | undefined;
}

const STACK = 'tutorial';
const HOOK_SECRET = 'between GitHub and this server';

interface Setup {
  readonly server: RunningServer;
  /** GitHub, as far as this machine has one. */
  readonly github: GithubStandIn;
  /** Host of a real registry, where one is used. */
  readonly registry: string | undefined;
  /** A real Spack, where one is used. */
  readonly spack: SpackSetup | undefined;
}

/** Runs all steps; throws at the first step that is not as it should be. */
export async function runAcceptance(options: AcceptanceOptions): Promise<readonly Step[]> {
  const { folder } = options;
  const github = await githubStandIn();
  const registry =
    options.registry === undefined ? undefined : await startDockerRegistry(options.registry, join(folder, 'registry'));
  const base = options.builder === undefined ? undefined : await tutorialBase();
  try {
    await github.push('main', { 'README.md': 'A stack; it begins empty.\n' });
    const spack = await spackSetup(folder, options.env);
    const server = await openAcceptanceServer(github, options, { spack, base });
    try {
      github.hook = { url: `${server.url}/hooks/github/${STACK}`, secret: HOOK_SECRET, mode: 'send' };
      return await runSteps({ server, github, registry: registry?.host, spack }, options);
    } finally {
      await server.stop();
    }
  } finally {
    base?.remove();
    await registry?.stop();
    await github.dispose();
  }
}

async function openAcceptanceServer(
  github: GithubStandIn,
  { folder, env }: AcceptanceOptions,
  { spack, base }: { spack: SpackSetup | undefined; base: LocalBase | undefined },
): Promise<RunningServer> {
  const settings = settingsOf(
    {
      data: join(folder, 'data'),
      listen: '127.0.0.1:0',
      stacks: [
        {
          name: STACK,
          github: {
            repository: github.full,
            apiUrl: await github.listen(),
            token: { env: 'GITHUB_TOKEN' },
            webhookSecret: { env: 'HOOK_SECRET' },
          },
          variables: { ...(base === undefined ? {} : { BASE: base.reference }), ...spack?.variables },
        },
      ],
      // In a sandbox nothing is kept from job to job, and every lock would be solved again.
      ...(spack === undefined
        ? {}
        : { runners: [{ name: 'embedded', embedded: true, tags: ['spack-kube'], sandbox: 'never' as const }] }),
    },
    { ...env, GITHUB_TOKEN: github.token, HOOK_SECRET },
  );
  return openServer({ settings, env, log: createLogger('fatal'), version: manifest.version, entry: programEntry() });
}

async function runSteps(
  { server, github, registry, spack }: Setup,
  options: AcceptanceOptions,
): Promise<readonly Step[]> {
  const { signal, folder, env } = options;
  const terminal = createTerminal({ stdout: process.stdout, stderr: process.stderr }, env);
  const watch = watchStack(server.coordinator, STACK, { terminal, signal });
  const steps: Step[] = [];
  const done = (step: string, fact: string): void => void steps.push({ step, fact });

  const repository = registry === undefined ? undefined : `${registry}/${STACK}`;
  const whole = await tutorialFiles({ repository, spack: spack !== undefined });
  const hasBuilder = options.builder !== undefined;
  const policy = whole['slipway.yaml'] ?? '';
  const files = { ...whole, 'slipway.yaml': hasBuilder ? policy : withoutDockerfile(policy) };
  const first = await github.push('new-stack', files, 'main');
  const pull = await github.openPull({ branch: 'new-stack', title: 'Bring the stack' });
  await until(signal, () => pipelinesOf(server, first)[0]);
  const second = await github.push('new-stack', { 'docker/packages.yaml': 'packages: {}\n' });
  const tested = await watch.pipelineOf(second);
  // It has ended when its job has.
  const superseded = await until(signal, () => pipelinesOf(server, first).find(({ status }) => isFinal(status)));
  assert.equal(superseded.status, 'canceled', 'the pipeline of the first push is canceled by the second');
  done('pull request, pushed to again', `pipeline ${superseded.id} superseded, pipeline ${tested.id} ${tested.status}`);
  done('status on the pull request', await successStatus(github, { sha: second, context: 'slipway' }, signal));

  const merge = await github.mergePull(pull.number);
  const tagged = await github.tag('rev-2026-11');
  const merged = await watch.pipelineOf(merge);
  assert.equal(merged.trust, 'protected');
  assert.equal(merged.lockDigest, tested.lockDigest, 'the merge has the very lock that the pull request tested');
  done(
    'merge: protected pipeline, the tested lock',
    `pipeline ${merged.id} ${merged.status}, lock ${merged.lockDigest?.slice(0, 12)}`,
  );

  const image = await watch.imageOf('2026-11');
  const latest = await watch.imageOf('latest');
  assert.equal(image.pipeline, merged.id, 'the image is bound to the pipeline that tested the commit');
  assert.equal(latest.digest, image.digest, 'branch and tag name the same commit, and so the same image');
  done('tag pushed at once: image', `${image.reference} ${image.digest?.slice(0, 19)}, ${image.layers} layers`);
  done('status on the tagged commit', await successStatus(github, { sha: tagged, context: 'slipway/image' }, signal));

  const printed = await runImage({ reference: image.reference ?? '', folder: join(folder, 'image') });
  assert.match(printed, /M2/, 'the program in the image prints its table');
  done('pulled, unpacked, run', `${printed.split('\n').length} lines printed`);
  const images = {
    packages: image,
    mirror: await watch.imageOf('2026-11-mirror'),
    ...(hasBuilder ? { dockerfile: await watch.imageOf('2026-11-dockerfile') } : {}),
  };
  const lockDigest = merged.lockDigest ?? '';
  const ofImages = { server, stack: STACK, folder, env, lockDigest, files, recipes: 'spack-repo', images };
  steps.push(...(await imageSteps(ofImages)));
  done('mirror after the merge', await requestRootIsGone(server, signal));
  if (spack !== undefined) {
    const pipelineOf = (head: string) => watch.pipelineOf(head);
    const jobsOf = (pipeline: PipelineRecord) => jobNames(server, pipeline);
    const mirror = server.folder.mirror(STACK);
    steps.push(...(await oldStyleSteps({ spack, github, files, folder, mirror, env, pipelineOf, jobsOf })));
  }
  assert.deepEqual(github.api.violations, [], 'every request was one that GitHub describes');
  return steps;
}

/** Returns the last status of a commit at GitHub, once it is a success. */
export function successStatus(
  github: GithubStandIn,
  { sha, context }: { sha: string; context: string },
  signal: AbortSignal,
): Promise<string> {
  return until(signal, () => {
    const last = github.statuses(sha, context).at(-1);
    assert.ok(last?.state !== 'failure' && last?.state !== 'error', `${context}: ${last?.description}`);
    return last?.state === 'success' ? `${context}: ${last.description}` : undefined;
  });
}

async function requestRootIsGone(server: RunningServer, signal: AbortSignal): Promise<string> {
  const mirror = server.coordinator.context.stacks.get(STACK)?.mirror;
  await until(signal, async () => {
    for await (const _ of mirror?.whole.list('pr/') ?? []) return undefined;
    return true;
  });
  return 'the pull request’s own root is gone';
}

function pipelinesOf(server: RunningServer, head: string): readonly PipelineRecord[] {
  return server.coordinator.context.pipelines.list({ stack: STACK }).filter((one) => one.head === head);
}

/** Returns the names of the jobs in the pipelines that a pipeline started. */
export function jobNames(server: RunningServer, { id }: PipelineRecord): readonly string[] {
  const { pipelines } = server.coordinator.context;
  return pipelines.children(id).flatMap((child) => pipelines.runs(child.id).map(({ name }) => name));
}

/** Returns what a look finds, once it finds something. */
export async function until<T>(signal: AbortSignal, look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (;;) {
    signal.throwIfAborted();
    const found = await look();
    if (found !== undefined) return found;
    await sleep(50);
  }
}
