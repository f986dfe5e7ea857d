import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hono } from 'hono';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MemoryJobService, RUNNER_TOKEN, jobServiceApp, sketchJob } from '../../../test/support/memory-job-service.ts';

let folder: string;
let jobs: MemoryJobService;
let app: Hono;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-runner-api-'));
  jobs = new MemoryJobService(folder);
  app = jobServiceApp(jobs, folder);
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const json = (method: string, body: unknown, headers: Record<string, string> = {}) => ({
  method,
  headers: { 'Content-Type': 'application/json', ...headers },
  body: JSON.stringify(body),
});

const ask = async (body: object = {}, headers: Record<string, string> = {}) =>
  app.request('/api/v4/jobs/request', json('POST', { token: RUNNER_TOKEN, ...body }, headers));

const job = sketchJob({ id: 7, script: ['true'] });

/** Has job 7 assigned to a runner that does not confirm. */
async function takeJob(): Promise<void> {
  jobs.offer(job);
  expect((await ask()).status).toBe(201);
}

const patch = async (range: string, body: string, token = job.token) =>
  app.request('/api/v4/jobs/7/trace?debug_trace=false', {
    method: 'PATCH',
    headers: { 'JOB-TOKEN': token, 'Content-Range': range, 'Content-Type': 'text/plain' },
    body,
  });

const put = async (body: object) => app.request('/api/v4/jobs/7', json('PUT', { token: job.token, ...body }));

describe('a runner', () => {
  test('is verified by a token in the body or in the header', async () => {
    const inBody = await app.request(
      '/api/v4/runners/verify',
      json('POST', { token: RUNNER_TOKEN, system_id: 's_abc' }),
    );
    expect(inBody.status).toBe(200);
    expect(await inBody.json()).toEqual({ id: 1, token: RUNNER_TOKEN, token_expires_at: null });
    const inHeader = await app.request('/api/v4/runners/verify', json('POST', {}, { 'RUNNER-TOKEN': RUNNER_TOKEN }));
    expect(inHeader.status).toBe(200);
  });

  test('with an unknown token is refused by 403, never 401', async () => {
    expect((await ask({ token: 'glrt-other' })).status).toBe(403);
    expect((await ask({ token: undefined })).status).toBe(403);
    expect((await app.request('/api/v4/runners/verify', json('POST', { token: 'x' }))).status).toBe(403);
  });

  test('gets the whole job as JSON', async () => {
    jobs.offer(job);
    const response = await ask();
    expect(response.status).toBe(201);
    expect(response.headers.get('Content-Type')).toMatch(/^application\/json/);
    expect(await response.json()).toEqual(JSON.parse(JSON.stringify(job)));
  });

  test('that asks the same again, since the answer was lost, gets the same job', async () => {
    jobs.offer(job);
    jobs.offer(sketchJob({ id: 8, script: [] }));
    const ids = [];
    for (const id of ['a', 'a', 'b'])
      ids.push(((await (await ask({}, { 'X-Request-Id': id })).json()) as { id: number }).id);
    expect(ids).toEqual([7, 7, 8]);
  });

  test('that unregisters is refused from then on; a machine of it alone is not', async () => {
    const remove = async (path: string, body: object) => (await app.request(path, json('DELETE', body))).status;
    expect(await remove('/api/v4/runners/managers', { token: RUNNER_TOKEN, system_id: 's_abc' })).toBe(204);
    expect(jobs.managersGone).toEqual(['s_abc']);
    expect(await remove('/api/v4/runners/managers', { token: RUNNER_TOKEN })).toBe(400);
    expect(await remove('/api/v4/runners/managers', { token: 'glrt-other', system_id: 's_abc' })).toBe(403);
    expect(await remove('/api/v4/runners', { token: 'glrt-other' })).toBe(403);
    expect((await ask()).status).toBe(204);
    expect(await remove('/api/v4/runners', { token: RUNNER_TOKEN })).toBe(204);
    expect((await ask()).status).toBe(403);
  });

  test('gets 400 when it sends no JSON', async () => {
    const response = await app.request('/api/v4/jobs/request', { method: 'POST', body: '{' });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ message: expect.stringContaining('POST /jobs/request') as string });
  });
});

describe('the long poll', () => {
  test('answers a runner without a mark at once, with one', async () => {
    const response = await ask();
    expect(response.status).toBe(204);
    expect(response.headers.get('X-GitLab-Last-Update')).toBe('1');
  });

  test('holds a runner with the newest mark until a job arrives, and hands it over', async () => {
    app = jobServiceApp(jobs, folder, { wait: () => new Promise(() => undefined) });
    const held = ask({ last_update: '1' });
    jobs.offer(job);
    expect((await held).status).toBe(201);
  });

  test('lets a runner go with the mark when the time is over', async () => {
    app = jobServiceApp(jobs, folder, { wait: async () => undefined, pollHold: 1234 });
    const response = await ask({ last_update: '1' });
    expect(response.status).toBe(204);
    expect(response.headers.get('X-GitLab-Last-Update')).toBe('1');
  });

  test('gives no job to a runner that has hung up', async () => {
    const hangUp = new AbortController();
    const wait = async () => {
      hangUp.abort();
      jobs.offer(job);
    };
    app = jobServiceApp(jobs, folder, { wait });
    const init = { ...json('POST', { token: RUNNER_TOKEN, last_update: '1' }), signal: hangUp.signal };
    await app.fetch(new Request('http://slipway.test/api/v4/jobs/request', init));
    expect(jobs.state(7)).toBe('queued');
    await app.fetch(new Request('http://slipway.test/api/v4/jobs/request', init));
    expect(jobs.state(7)).toBe('queued');
  });
});

describe('the log', () => {
  test('grows by pieces, and may be written over when a piece comes twice', async () => {
    await takeJob();
    const first = await patch('0-4', 'hello');
    expect(first.status).toBe(202);
    expect(first.headers.get('Range')).toBe('0-5');
    expect(first.headers.get('Job-Status')).toBe('running');
    expect(first.headers.get('X-GitLab-Trace-Update-Interval')).toBe('0');
    expect((await patch('0-10', 'hello world')).headers.get('Range')).toBe('0-11');
    expect(jobs.log(7)).toBe('hello world');
  });

  test('with a hole is answered 416 and the size', async () => {
    await takeJob();
    await patch('0-4', 'hello');
    const response = await patch('9-10', 'ab');
    expect(response.status).toBe(416);
    expect(response.headers.get('Range')).toBe('0-5');
  });

  test('is refused for a wrong token, a wrong range and too much at once', async () => {
    await takeJob();
    expect((await patch('0-1', 'ab', 'glcbt-wrong')).status).toBe(403);
    expect((await patch('bytes 0-1/2', 'ab')).status).toBe(400);
    expect((await patch('0-1', 'x'.repeat(1024 * 1024 + 1))).status).toBe(413);
    expect(jobs.log(7)).toBe('');
  });
});

test('the token of a running job names the job, in each place where GitLab takes it; another one names none', async () => {
  await takeJob();
  const get = async (headers: Record<string, string>, query = '') => app.request(`/api/v4/job${query}`, { headers });
  const ways: Record<string, string>[] = [{ 'JOB-TOKEN': job.token }, { Authorization: `Bearer ${job.token}` }];
  for (const headers of ways) expect(await (await get(headers)).json()).toEqual({ id: 7 });
  expect((await get({}, `?job_token=${job.token}`)).status).toBe(200);
  expect((await get({ 'JOB-TOKEN': 'glcbt-other' })).status).toBe(401);
  expect((await get({})).status).toBe(401);
  await put({ state: 'success' });
  expect((await get({ 'JOB-TOKEN': job.token })).status).toBe(401);
});

describe('an update', () => {
  test('confirms the job of a runner that confirms, and ends it', async () => {
    jobs.offer(job);
    await ask({ info: { features: { two_phase_job_commit: true } } });
    expect(jobs.state(7)).toBe('assigned');
    expect((await put({ state: 'running' })).status).toBe(200);
    expect(jobs.state(7)).toBe('running');
    expect((await put({ state: 'failed', failure_reason: 'script_failure', exit_code: 3 })).status).toBe(200);
    expect(jobs.state(7)).toBe('failed');
  });

  test('after the end is answered 403 with the state of the job', async () => {
    await takeJob();
    await put({ state: 'success' });
    const response = await put({ state: 'running' });
    expect(response.status).toBe(403);
    expect(response.headers.get('Job-Status')).toBe('success');
  });

  test('notifies a runner that its job is being canceled, and still takes log and artifacts', async () => {
    await takeJob();
    jobs.cancel(7);
    expect((await put({ state: 'running' })).headers.get('Job-Status')).toBe('canceling');
    expect((await patch('0-1', 'ab')).status).toBe(202);
    expect((await upload('bytes', '')).status).toBe(201);
  });

  test('whose log is not as long as it says is answered 412', async () => {
    await takeJob();
    expect((await put({ state: 'success', output: { bytesize: 5 } })).status).toBe(412);
  });
});

async function upload(content: string, query: string, fields: Record<string, string> = {}): Promise<Response> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  form.set('file', new Blob([content]), '../evil/artifacts.zip');
  return app.request(`/api/v4/jobs/7/artifacts${query}`, {
    method: 'POST',
    headers: { 'JOB-TOKEN': job.token },
    body: form,
  });
}

describe('artifacts', () => {
  test('are taken with options in the query, or as fields of the form', async () => {
    await takeJob();
    expect((await upload('in query', '?artifact_type=junit&artifact_format=gzip&expire_in=30+days')).status).toBe(201);
    expect(jobs.artifact(7, 'junit')).toMatchObject({ format: 'gzip', size: 8 });
    expect((await upload('in form', '', { artifact_type: 'dotenv', artifact_format: 'gzip' })).status).toBe(201);
    expect(await readFile(jobs.artifact(7, 'dotenv')?.path ?? '', 'utf8')).toBe('in form');
    expect(await readdir(join(folder, 'uploads'))).toEqual([]);
  });

  test('that are too large are answered 413, and nothing is kept', async () => {
    await takeJob();
    app = jobServiceApp(jobs, folder, { maxArtifactBytes: 10 });
    expect((await upload('eleven bytes', '')).status).toBe(413);
    expect(jobs.artifact(7)).toBeUndefined();
    expect(await readdir(join(folder, 'uploads'))).toEqual([]);
  });

  test('that are no form, or have no file, or an unknown format are refused', async () => {
    await takeJob();
    const post = async (body: string | FormData) =>
      (await app.request('/api/v4/jobs/7/artifacts', { method: 'POST', headers: { 'JOB-TOKEN': job.token }, body }))
        .status;
    expect(await post('text')).toBe(400);
    const empty = new FormData();
    empty.set('field', 'value');
    expect(await post(empty)).toBe(400);
    expect((await upload('x', '?artifact_format=rar')).status).toBe(400);
    expect(await readdir(join(folder, 'uploads'))).toEqual([]);
  });

  test('whose form ends in the middle are refused', async () => {
    await takeJob();
    const body = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.zip"\r\n\r\nhalf';
    const headers = { 'JOB-TOKEN': job.token, 'Content-Type': 'multipart/form-data; boundary=b' };
    expect((await app.request('/api/v4/jobs/7/artifacts', { method: 'POST', headers, body })).status).toBe(400);
    expect(await readdir(join(folder, 'uploads'))).toEqual([]);
  });

  test('are given to a running job only', async () => {
    await takeJob();
    await upload('the archive', '');
    const get = async (token: string) => app.request('/api/v4/jobs/7/artifacts', { headers: { 'JOB-TOKEN': token } });
    const response = await get(job.token);
    expect(response.status).toBe(200);
    expect(response.headers.get('Content-Length')).toBe('11');
    expect(await response.text()).toBe('the archive');
    expect((await get('glcbt-other')).status).toBe(403);
    await put({ state: 'success' });
    expect((await get(job.token)).status).toBe(403);
  });
});
