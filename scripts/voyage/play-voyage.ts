import { strict as assert } from 'node:assert';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import manifest from '../../package.json' with { type: 'json' };
import { createDemoRepository } from '../../src/cli/demo/demo-repository.ts';
import type { DemoRepository } from '../../src/cli/demo/demo-repository.ts';
import { runImage } from '../../src/cli/demo/run-image.ts';
import { watchJourney } from '../../src/cli/demo/watch-journey.ts';
import { programEntry, packageRoot } from '../../src/cli/package-root.ts';
import { openServer } from '../../src/cli/server/open-server.ts';
import type { RunningServer } from '../../src/cli/server/open-server.ts';
import { settingsOf } from '../../src/cli/server/settings.ts';
import { createTerminal } from '../../src/cli/terminal.ts';
import type { PipelineRecord } from '../../src/coordinator/index.ts';
import { installHook } from '../../src/forge/index.ts';
import { createLogger } from '../../src/kit/index.ts';
import { startDockerRegistry } from '../../test/support/docker-registry.ts';

export interface Step {
  readonly step: string;
  /** What was seen. */
  readonly fact: string;
}

export interface VoyageOptions {
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** Path of `docker-registry`, to publish to it. */
  readonly registry: string | undefined;
}

const STACK = 'tutorial';

interface Vessel {
  readonly server: RunningServer;
  readonly repository: DemoRepository;
  /** Host of a real registry, where one is used. */
  readonly registry: string | undefined;
}

/** Plays the whole voyage; throws at the first step that is not as it should be. */
export async function playVoyage(options: VoyageOptions): Promise<readonly Step[]> {
  const { folder, env } = options;
  const repository = await createDemoRepository(join(folder, 'git'), env.PATH);
  const registry =
    options.registry === undefined ? undefined : await startDockerRegistry(options.registry, join(folder, 'registry'));
  const stacks = [{ name: STACK, remote: repository.remote, poll: 2 }];
  const settings = settingsOf({ data: join(folder, 'data'), listen: '127.0.0.1:0', stacks }, env);
  const server = await openServer({
    settings,
    env,
    log: createLogger('fatal'),
    version: manifest.version,
    entry: programEntry(),
  });
  try {
    await installHook({
      remote: repository.remote,
      command: [process.execPath, programEntry(), 'hook', 'notify', '--url', server.url, '--stack', STACK],
    });
    return await sail({ server, repository, registry: registry?.host }, options);
  } finally {
    await server.stop();
    await registry?.stop();
  }
}

async function sail({ server, repository, registry }: Vessel, options: VoyageOptions): Promise<readonly Step[]> {
  const { signal, folder, env } = options;
  const terminal = createTerminal({ stdout: process.stdout, stderr: process.stderr }, env);
  const watch = watchJourney(server.journey, STACK, { terminal, signal });
  const steps: Step[] = [];
  const done = (step: string, fact: string): void => void steps.push({ step, fact });

  await repository.git('checkout', '--quiet', '-b', 'new-stack');
  await layOutRepository(repository.work, registry);
  const first = await repository.commitAndPush('new-stack', 'Bring the stack');
  await until(signal, () => pipelinesOf(server, first)[0]);
  const second = await pushAgain(repository);
  const tested = await watch.pipelineOf(second);
  const superseded = pipelinesOf(server, first)[0] as PipelineRecord;
  assert.equal(superseded.status, 'canceled', 'the pipeline of the first push is canceled by the second');
  done('pull request, pushed to again', `pipeline ${superseded.id} superseded, pipeline ${tested.id} ${tested.status}`);

  const merge = await repository.merge('new-stack');
  await repository.tag('rev-2026-11');
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

  const printed = await runImage({ reference: image.reference ?? '', folder: join(folder, 'image'), path: env.PATH });
  assert.match(printed, /M2/, 'the program in the image prints its table');
  done('pulled, unpacked, run', `${printed.split('\n').length} lines printed`);
  done('mirror after the merge', await requestRootIsGone(server, signal));
  return steps;
}

/** The tutorial's files, and the recipes that stand in where no Spack is used; with a registry, images go there. */
async function layOutRepository(work: string, registry: string | undefined): Promise<void> {
  const examples = join(packageRoot(), 'examples');
  for (const part of ['recipes', 'src'])
    await cp(join(examples, 'first-light', part), join(work, part), { recursive: true });
  await cp(join(examples, 'tutorial-shaped'), work, { recursive: true });
  if (registry === undefined) return;
  const policy = join(work, 'slipway.yaml');
  const text = await readFile(policy, 'utf8');
  await writeFile(policy, text.replace('repository: tutorial', `repository: ${registry}/${STACK}`));
}

async function pushAgain(repository: DemoRepository): Promise<string> {
  await cp(join(repository.work, 'docker/config.yaml'), join(repository.work, 'docker/packages.yaml'));
  return repository.commitAndPush('new-stack', 'Add a file for the image');
}

async function requestRootIsGone(server: RunningServer, signal: AbortSignal): Promise<string> {
  const mirror = server.journey.context.stacks.get(STACK)?.mirror;
  await until(signal, async () => {
    for await (const _ of mirror?.whole.list('pr/') ?? []) return undefined;
    return true;
  });
  return 'the pull request’s own root is gone';
}

function pipelinesOf(server: RunningServer, head: string): readonly PipelineRecord[] {
  return server.journey.context.pipelines.list({ stack: STACK }).filter((one) => one.head === head);
}

async function until<T>(signal: AbortSignal, look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (;;) {
    signal.throwIfAborted();
    const found = await look();
    if (found !== undefined) return found;
    await sleep(50);
  }
}
