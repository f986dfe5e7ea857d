import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { namespacesAvailable } from '../../src/builder/index.ts';
import { main } from '../../src/cli/main.ts';
import type { PipelineRecord } from '../../src/pipeline/index.ts';
import { collectedTerminal } from '../support/collected-terminal.ts';
import { serveStack, stackName, type Change, type ServedStack } from '../support/served-stack.ts';
import { smallStack } from '../support/small-stack.ts';

const canRun = await namespacesAvailable();
if (!canRun) process.stderr.write('skipped: where no namespaces are to be had, the store’s place is the job’s own\n');

const taken = 'tested a lock for the same tree, and nothing else that decides one has changed: takes it';

const bumped = (version: string) =>
  ({ 'recipes/leaf.yaml': smallStack['recipes/leaf.yaml'].replace('"1.0"', `"${version}"`) }) as const;

/**
 * Generates as the built-in pipeline does; but a pull request's job leaves the lock of another environment, and says
 * that it was decided by this one's inputs.
 */
const hostilePipeline = `stages: [generate, build]
generate:
  stage: generate
  script:
    - slipway generate
    - |
      if [ "$SLIPWAY_TRUST" = pull-request ]; then
        cp jobs_scratch_dir/concrete_environment/lock-inputs.json kept.json
        sed -i 's/tool, other/other/' spack.yaml
        slipway generate
        mv kept.json jobs_scratch_dir/concrete_environment/lock-inputs.json
      fi
  artifacts: { paths: [jobs_scratch_dir] }
build:
  stage: build
  trigger:
    include: [{ artifact: jobs_scratch_dir/pipeline.yml, job: generate }]
    strategy: depend
`;

describe.skipIf(!canRun)('a commit whose tree has been tested', () => {
  let served: ServedStack;
  beforeAll(async () => {
    served = await serveStack();
  });
  afterAll(() => served.close());

  const record = (sha: string) =>
    served.server.coordinator.context.pipelines
      .list({ stack: stackName })
      .find(({ head }) => head === sha) as PipelineRecord;

  /** Pushes, and gives the pipeline with what its generate job said. */
  async function pushed(branch: string, change: Change) {
    const sha = await served.push(branch, change);
    expect((await served.finalStatus(sha)).state).toBe('success');
    return { sha, pipeline: record(sha), log: (await served.jobs(sha)).get('generate')?.log ?? '' };
  }

  async function plan(...more: readonly string[]) {
    const { terminal, stdout, stderr } = collectedTerminal();
    const words = ['plan', '--env', served.repository.work, '--data', served.server.folder.root, ...more];
    const context = {
      env: { PATH: process.env.PATH },
      cwd: served.folder,
      terminal,
      signal: new AbortController().signal,
    };
    const exitCode = await main(words, context);
    // A slow machine also shows how long that took.
    return { exitCode, stdout: stdout(), stderr: stderr().replace(/^Locking the environment: done in \d+ s\n/m, '') };
  }

  test('takes the lock of the protected pipeline that tested it, and so does `slipway plan`', async () => {
    const first = await pushed('main', smallStack);
    expect(first.log).not.toContain('same tree');
    const again = await pushed('main', {});
    expect(again.pipeline.tree).toBe(first.pipeline.tree);
    expect(again.log).toContain(`Pipeline ${first.pipeline.id} ${taken}`);
    expect(again.pipeline.lockDigest).toBe(first.pipeline.lockDigest);
    const planned = await plan();
    expect(planned.stderr).toContain(`Pipeline ${again.pipeline.id} ${taken}`);
    expect(await plan('--no-tested-lock')).toEqual({ ...planned, stderr: '' });
  });

  test('makes its own where a pull request tested it, and reports whether it is the same', async () => {
    const request = await pushed('side', bumped('1.1'));
    const repeated = await pushed('side', bumped('1.1'));
    expect(repeated.log).toContain(`Pipeline ${request.pipeline.id} of pull request 1 ${taken}`);
    const merged = await pushed('main', bumped('1.1'));
    expect(merged.pipeline.tree).toBe(request.pipeline.tree);
    expect(merged.log).toMatch(/of pull request 1 tested a lock for the same tree, which this one may not take/);
    expect(merged.log).toContain('The lock that was made is the same.');
  });

  test('comes by no lock that a pull request has hidden under its tree', async () => {
    const hostile = { '.gitlab-ci.yml': hostilePipeline, ...bumped('1.2') };
    const request = await pushed('hostile', hostile);
    const merged = await pushed('main', hostile);
    expect(merged.pipeline.tree).toBe(request.pipeline.tree);
    expect(merged.log).toContain('In the lock that was made 2 packages have another hash.');
    expect(merged.pipeline.lockDigest).not.toBe(request.pipeline.lockDigest);
    expect((await plan()).stdout).toContain('3 of 3 packages to build, 0 reused');
  });
});
