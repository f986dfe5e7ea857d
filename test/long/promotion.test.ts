import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { readAudit } from '../../src/audit/index.ts';
import { namespacesAvailable } from '../../src/builder/index.ts';
import type { PipelineRecord } from '../../src/pipeline/index.ts';
import { readRecords } from '../../src/mirror/index.ts';
import { blobKey } from '../../src/spack/index.ts';
import { main } from '../../src/cli/main.ts';
import { collectedTerminal } from '../support/collected-terminal.ts';
import { serveStack, stackName, type Change, type ServedStack } from '../support/served-stack.ts';
import { smallStack } from '../support/small-stack.ts';

const canRun = await namespacesAvailable();
if (!canRun) process.stderr.write('skipped: packages are built in namespaces\n');

const bumped = (version: string) =>
  ({ 'recipes/leaf.yaml': smallStack['recipes/leaf.yaml'].replace('"1.0"', `"${version}"`) }) as const;

/** Generates as the built-in pipeline does; but a pull request's job leaves the lock of another environment. */
const otherLock = JSON.stringify({
  stages: ['generate', 'build'],
  generate: {
    stage: 'generate',
    script: [
      'if [ "$SLIPWAY_TRUST" = pull-request ]; then sed -i "s/tool, other/tool/" spack.yaml; fi',
      'slipway generate',
    ],
    artifacts: { paths: ['jobs_scratch_dir'] },
  },
  build: {
    stage: 'build',
    trigger: { include: [{ artifact: 'jobs_scratch_dir/pipeline.yml', job: 'generate' }], strategy: 'depend' },
  },
});

describe.skipIf(!canRun)('packages of a pull request, after the merge', () => {
  let served: ServedStack;
  beforeAll(async () => {
    served = await serveStack({ stack: { promotion: 'pull-request' } });
    await pushed('main', smallStack);
  });
  afterAll(() => served.close());

  const context = () => served.server.coordinator.context;
  const record = (sha: string) =>
    context()
      .pipelines.list({ stack: stackName })
      .find(({ head }) => head === sha) as PipelineRecord;

  async function pushed(branch: string, change: Change): Promise<{ sha: string; pipeline: PipelineRecord }> {
    const sha = await served.push(branch, change);
    expect((await served.finalStatus(sha)).state).toBe('success');
    return { sha, pipeline: record(sha) };
  }

  /** Names, outcomes and origins of the packages of a protected pipeline. */
  const promotions = ({ id }: PipelineRecord) =>
    context()
      .promotions.promotions(id)
      .map(({ name, outcome, fromPipeline, reason }) => `${name} ${outcome}: ${fromPipeline ?? reason}`)
      .toSorted();

  test('are promoted if tree and lock are the same', async () => {
    const request = await pushed('side', bumped('1.1'));
    const merged = await pushed('main', bumped('1.1'));
    expect([merged.pipeline.tree, merged.pipeline.lockDigest]).toEqual([
      request.pipeline.tree,
      request.pipeline.lockDigest,
    ]);
    const { id } = request.pipeline;
    expect(promotions(merged.pipeline)).toEqual([`leaf promoted: ${id}`, `tool promoted: ${id}`]);
    const jobs = await served.jobs(merged.sha);
    const view = await (await fetch(`${served.server.url}/api/v1/pipelines/${merged.pipeline.id}`)).json();
    expect(view).toMatchObject({ promotion: { promoted: 2, rebuilt: 0, from: [id] } });
    const { terminal, stdout } = collectedTerminal();
    const { signal } = new AbortController();
    await main(['status', '--data', served.server.folder.root], { env: {}, cwd: served.folder, terminal, signal });
    expect(stdout()).toContain(`packages: 2 promoted from pipeline ${id}`);
    for (const name of ['leaf@1.1', 'tool@1.0'])
      expect(jobs.get(name)?.log).toMatch(/is already on .*nothing to rebuild/);
  });

  test('are built again if the request was tested with another lock', async () => {
    const change = { '.gitlab-ci.yml': otherLock, ...bumped('1.2') };
    const request = await pushed('other', change);
    const merged = await pushed('main', change);
    expect(merged.pipeline.tree).toBe(request.pipeline.tree);
    const reason = 'no pull request of the team has tested this tree with this lock';
    expect(promotions(merged.pipeline)).toEqual([`leaf rebuilt: ${reason}`, `tool rebuilt: ${reason}`]);
  });

  test('are built again if the mirror of the request was changed, which is recorded', async () => {
    const change = { '.gitlab-ci.yml': undefined, ...bumped('1.3') };
    const request = await pushed('tampered', change);
    const [leaf] = context()
      .promotions.packages(stackName, `pr/${request.pipeline.request}`)
      .filter(({ name }) => name === 'leaf');
    const { tarball } = readRecords(leaf?.manifest ?? '', 'leaf');
    const blob = join(`pr/${request.pipeline.request}`, blobKey(tarball.checksum));
    const file = join(served.server.folder.mirror(stackName), blob);
    const bytes = await readFile(file);
    await writeFile(file, Buffer.concat([bytes.subarray(0, -1), Buffer.from('x')]));
    const merged = await pushed('main', change);
    expect(promotions(merged.pipeline)).toEqual([
      `leaf rebuilt: ${request.pipeline.id}`,
      `tool promoted: ${request.pipeline.id}`,
    ]);
    const records = [...readAudit(served.server.folder.audit, { action: 'package.promote', outcome: 'refused' })];
    expect(records).toMatchObject([
      { who: 'server', on: `leaf-1.3-${leaf?.hash}`, details: { pipeline: merged.pipeline.id } },
    ]);
    const present = (await served.mirror()).get(blobKey(tarball.checksum));
    expect(present === undefined || present === tarball.checksum).toBe(true);
  });
});

test.skipIf(!canRun)('without the setting, packages are built again', async () => {
  const served = await serveStack();
  onTestFinished(() => served.close());
  for (const branch of ['side', 'main']) {
    const sha = await served.push(branch, smallStack);
    expect((await served.finalStatus(sha)).state).toBe('success');
    expect((await served.jobs(sha)).get('tool@1.0')?.log).toMatch(/tool@1\.0.* built in /);
  }
});
