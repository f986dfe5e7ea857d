import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type * as z from 'zod';
import { lock, openLab, tinyStack, type Lab } from '../../../test/support/coordinator.ts';
import { FailureReport, JobDetail, PipelineChange, StackView } from '../../protocol/index.ts';
import { restRoutes } from './rest.ts';

async function read<T>(lab: Lab, path: string, schema: z.ZodType<T>): Promise<T> {
  const response = await restRoutes(lab.coordinator).request(`/api/v1${path}`);
  expect(response.status, path).toBe(200);
  return schema.parse(await response.json());
}

async function fail(lab: Lab, log: string): Promise<string> {
  const job = (await lab.take())!;
  await mkdir(lab.folder.job(job.run.id), { recursive: true });
  await writeFile(join(lab.folder.job(job.run.id), 'trace.log'), log);
  await lab.finish(job, { state: 'failed', failure_reason: 'script_failure', exit_code: 1 });
  return job.run.id;
}

test('of a pipeline with a failed package both models are read, and its child leads to the same', async () => {
  const lab = await openLab();
  const { sha, event } = lab.push('main');
  await lab.happens(event);
  expect(await read(lab, '/pipelines/1/change', PipelineChange)).toMatchObject({ counts: { total: 0 }, causes: [] });
  await lab.work((await lab.take())!);
  const waiting = await read(lab, '/pipelines/1/change', PipelineChange);
  expect(waiting).toMatchObject({
    pipeline: '1',
    headline: '2 of 2 packages to build, 0 reused',
    counts: { build: 2, built: 0 },
    packages: [
      { name: 'tide', version: lock.tide.version, build: true, reason: 'missing', job: { status: 'pending' } },
      { name: 'gauge' },
    ],
  });
  const lines = ['cc -c tide.c', 'tide.c:7:3: error: no moon', '  7 | int x'];
  const coded =
    'error: Package `tide@1.0` failed in phase `build` [compile]: tide.c:7:3: error: no moon. [SPACK_BUILD_FAILED]';
  const id = await fail(lab, [...lines, coded, 'hint: Read the log.', 'ERROR: Job failed: exit code 1'].join('\n'));
  const failure = await read(lab, '/pipelines/1/failure', FailureReport);
  expect(failure).toMatchObject({
    pipeline: '1',
    status: 'failed',
    headline: 'tide@1.0 failed in phase `build` [compile]: tide.c:7:3: error: no moon (1 skipped)',
    skipped: 1,
    failures: [
      {
        class: 'compile',
        package: { name: 'tide', hash: lock.tide.hash },
        phase: 'build',
        hint: 'Read the log.',
        context: { line: 2, first: 1, lines: [...lines, coded, 'hint: Read the log.'] },
        jobs: [{ id, name: 'tide', exitCode: 1, page: `jobs/${id}#L2` }],
        reproduce: expect.stringMatching(`^slipway reproduce ${id} --url http`),
      },
    ],
  });
  expect(await read(lab, '/pipelines/2/failure', FailureReport)).toEqual(failure);
  expect((await read(lab, `/jobs/${id}`, JobDetail)).failure).toEqual(failure.failures[0]);
  expect(waiting.words).toMatchObject({ progress: '0 of 2 packages built.', causes: [] });
  const after = await read(lab, '/pipelines/2/change', PipelineChange);
  expect(after.words.progress).toBe('0 of 2 packages built, 1 failed.');
  expect(after).toMatchObject({ pipeline: '1', counts: { build: 2, built: 0, failed: 1 } });
  // The status has the same words, and leads to the same line.
  expect(lab.status(sha)).toBe(`failure: ${failure.headline}`);
  expect(lab.context.ledger.statuses('lab').at(-1)?.url).toMatch(new RegExp(`/jobs/${id}#L2$`));
});

test('what a branch builds is compared with what it had before, and its sizes are those on the mirror', async () => {
  const lab = await openLab();
  await lab.happens(lab.push('main').event);
  await lab.workAll();
  const first = await read(lab, '/pipelines/1/change', PipelineChange);
  expect(first.headline).toBe('2 of 2 packages built, 0 reused');
  expect(first.against).toBeUndefined();
  expect(first.bytes.mirror).toBeGreaterThan(0);
  await lab.happens(lab.push('main', { ...tinyStack, note: 'more' }).event);
  await lab.workAll();
  const pipeline = lab.context.pipelines.list({ stack: 'lab', limit: 1 })[0]!.id;
  const second = await read(lab, `/pipelines/${pipeline}/change`, PipelineChange);
  expect(second).toMatchObject({
    against: { name: 'main', pipeline: '1' },
    counts: { changed: 0 },
    bytes: { growth: 0 },
    words: { causesHead: 'No hash differs from main.', causes: [] },
  });
  // Without its packages it is short, and the same.
  const { packages: _, words, ...rest } = await read(lab, '/pipelines/1/change', PipelineChange);
  const brief = await read(lab, '/pipelines/1/change?packages=none', PipelineChange);
  expect(brief).toEqual({ ...rest, packages: [], words: { ...words, packages: [] } });
  expect(await read(lab, '/pipelines/2/change?packages=none', PipelineChange)).toEqual(brief);
});

test('a commit without a pipeline has its failure with its status, in the words of the status', async () => {
  const lab = await openLab();
  const { sha } = lab.push('topic', { ...tinyStack, '.gitlab-ci.yml': 'a:\n  stage: nowhere\n  script: x\n' });
  await lab.happens(lab.forge.request('7', sha));
  const { requests } = await read(lab, '/stacks/lab', StackView);
  const { failure, description } = requests[0]?.status ?? {};
  expect(failure).toMatchObject({
    status: 'failed',
    failures: [{ class: 'configuration', position: { file: '.gitlab-ci.yml' }, hint: expect.any(String), jobs: [] }],
  });
  expect(description).toContain(failure?.headline);
});

test('a pipeline that does not exist has neither', async () => {
  const lab = await openLab();
  for (const path of ['change', 'failure'])
    expect((await restRoutes(lab.coordinator).request(`/api/v1/pipelines/9/${path}`)).status).toBe(404);
});
