import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { isJobNamed } from '../protocol/index.ts';
import { findJob, findPlannedJob, readPipelineJobs } from './find-job.ts';

const job = (pipeline: string, name: string, status: string, id = '') => ({ pipeline, name, status, id });

type Job = ReturnType<typeof job>;

/** Pipelines 3 (the newest), 2 and 1, each with a child. */
const pipelines: Readonly<Record<string, { id: string; jobs: Job[]; children: { jobs: Job[] }[] }>> = {
  3: { id: '3', jobs: [job('3', 'deploy', 'manual')], children: [{ jobs: [job('30', 'zlib@1.3 /abc', 'created')] }] },
  2: {
    id: '2',
    jobs: [job('2', 'generate', 'success', '20')],
    children: [{ jobs: [job('21', 'zlib@1.3 /abc', 'failed', '22'), job('21', 'hdf5@1.14 /a', 'failed', '23')] }],
  },
  1: { id: '1', jobs: [job('1', 'zlib@1.2 /x', 'failed', '9'), job('1', 'zlib@1.3 /y', 'failed', '8')], children: [] },
};

async function standIn() {
  const app = new Hono();
  app.get('/api/v1/pipelines', (c) => {
    const newest = ['3', '2', '1'].slice(0, Number(c.req.query('limit')));
    return c.json({ pipelines: newest.map((id) => ({ id })) });
  });
  app.get('/api/v1/pipelines/:id', (c) => c.json(pipelines[c.req.param('id')]));
  app.get('/api/v1/pipelines/:id/jobs', (c) => {
    const { jobs = [], children = [] } = pipelines[c.req.param('id')] ?? {};
    const all = [...jobs, ...children.flatMap((child) => child.jobs)];
    return c.json({ jobs: all.filter(({ name }) => isJobNamed(name, c.req.query('name') ?? '')) });
  });
  app.get('/api/v1/jobs/:id', (c) => c.json({ job: job('2', 'generate', 'success', c.req.param('id')) }));
  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 });
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const isFailed = ({ status }: { status: string }) => status === 'failed';

test('a job that is preferred is found before a newer one, and a newer one if none is preferred', async () => {
  const server = await standIn();
  expect(await findPlannedJob(server, { name: 'zlib', prefer: isFailed })).toMatchObject({ pipeline: '21', id: '22' });
  expect(await findPlannedJob(server, { name: 'deploy', prefer: isFailed })).toMatchObject({ pipeline: '3' });
  expect(await findPlannedJob(server, { name: 'zlib' })).toMatchObject({ pipeline: '30' });
  expect(await findPlannedJob(server, { name: '20' })).toMatchObject({ name: 'generate' });
});

test('several jobs of one pipeline that a name can mean are listed, and none is chosen', async () => {
  const server = await standIn();
  await expect(findPlannedJob(server, { name: 'zlib', pipeline: '1' })).rejects.toMatchObject({
    code: 'CLIENT_JOB_AMBIGUOUS',
    message: 'Pipeline 1 has several jobs that `zlib` can mean: `zlib@1.2 /x`, `zlib@1.3 /y`.',
  });
  expect(await findPlannedJob(server, { name: 'zlib@1.3 /y', pipeline: '1' })).toMatchObject({ id: '8' });
});

test('a misspelt name is answered with the nearest one of the pipeline', async () => {
  const server = await standIn();
  await expect(findPlannedJob(server, { name: 'hdf', pipeline: '2' })).rejects.toMatchObject({
    code: 'CLIENT_JOB_MISSING',
    hint: 'Did you mean `hdf5`?',
  });
  await expect(findJob(server, { name: 'zlib', pipeline: '3' })).rejects.toMatchObject({ code: 'CLIENT_JOB_MISSING' });
  expect(await findJob(server, { name: 'zlib', pipeline: '2' })).toMatchObject({ id: '22' });
});

test('the newest pipeline is read where none is named', async () => {
  expect(await readPipelineJobs(await standIn(), {})).toMatchObject({ id: '3' });
});
