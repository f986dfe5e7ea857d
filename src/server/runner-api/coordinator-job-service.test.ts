import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { embedded, openLab, type Lab } from '../../../test/support/coordinator.ts';
import { RunnerRegistry } from '../../coordinator/index.ts';
import { jobPlan, type AssignedJob } from '../../pipeline/index.ts';
import { createRunnerLedger } from '../../store/index.ts';
import { silentLogger } from '../../../test/support/silent-logger.ts';
import type { JobRequest, JobUpdate } from '../../protocol/index.ts';
import { runnerApiRoutes } from './runner-api.ts';

const remote = { ...embedded, id: 2, name: 'remote', token: 'glrt-remote' };
const twoPhase: JobRequest = { info: { features: { two_phase_job_commit: true } } };
const minutes = (count: number) => count * 60_000;

/** A lab on whose main branch a pipeline has begun, with its generate job running. */
async function running(options: Parameters<typeof openLab>[0] = {}): Promise<{ lab: Lab; job: AssignedJob }> {
  const lab = await openLab(options);
  await lab.happens(lab.push('main').event);
  return { lab, job: (await lab.take())! };
}

function request(
  lab: Lab,
  job: AssignedJob,
  how: { method: string; path?: string; body?: string; headers?: Record<string, string> },
): Promise<Response> {
  const app = runnerApiRoutes(lab.jobService, {
    uploadFolder: lab.folder.temporary,
    maxArtifactBytes: 1000,
    log: silentLogger,
    pollHold: 0,
  });
  const headers = {
    'JOB-TOKEN': lab.context.tokens.jobToken(job.run.id),
    'content-type': 'application/json',
    ...how.headers,
  };
  return Promise.resolve(
    app.request(`/api/v4/jobs/${job.run.id}${how.path ?? ''}`, { method: how.method, body: how.body, headers }),
  );
}

const update = (lab: Lab, job: AssignedJob, state: JobUpdate['state'], more: object = {}) =>
  request(lab, job, { method: 'PUT', body: JSON.stringify({ state, ...more }) });
const trace = (lab: Lab, job: AssignedJob, offset: number, body: string) =>
  request(lab, job, {
    method: 'PATCH',
    path: '/trace',
    body,
    headers: { 'content-range': `${offset}-${offset + body.length - 1}` },
  });
const logOf = (lab: Lab, job: AssignedJob) => readFile(join(lab.folder.job(job.run.id), 'trace.log'), 'utf8');

describe('a job’s runner', () => {
  test('learns that the job is being canceled, and after its end that it is over', async () => {
    const lab = await openLab();
    await lab.happens(lab.forge.request('7', lab.push('fix').sha));
    const job = (await lab.take())!;
    expect((await update(lab, job, 'running')).headers.get('job-status')).toBe('running');
    await lab.happens({ type: 'pull-request-closed', number: '7', merged: false });
    const answer = await update(lab, job, 'running');
    expect([answer.status, answer.headers.get('job-status')]).toEqual([200, 'canceling']);
    expect((await update(lab, job, 'failed')).status).toBe(200);
    await lab.coordinator.settle();
    const late = await update(lab, job, 'running');
    expect([late.status, late.headers.get('job-status')]).toEqual([403, 'canceled']);
  });

  test('reports what the job used, which is added to the history once, if the job was no outsider’s', async () => {
    const { lab, job } = await running();
    const usage = [
      { phase: 'script', seconds: 20, cpuSeconds: 35, memory: 3e9, method: 'cgroup' },
      { phase: 'job', seconds: 9999 },
    ];
    for (let count = 0; count < 2; count += 1) await update(lab, job, 'failed', { usage });
    expect(lab.context.packages.phases('script')).toEqual([]);
    const next = await running();
    for (let count = 0; count < 2; count += 1) {
      await update(next.lab, next.job, 'success', { usage });
      await next.lab.coordinator.settle();
    }
    const known = { package: next.job.run.name, version: '', runs: 1, cpuSeconds: 35, maxMemory: 3e9 };
    expect(next.lab.context.packages.phases('script')).toMatchObject([known]);
    expect(next.lab.context.packages.phases('job')).not.toMatchObject([{ seconds: 9999 }]);
  });

  test('with another job’s token learns nothing', async () => {
    const { lab, job } = await running();
    const answer = await request(lab, job, {
      method: 'PUT',
      body: '{"state":"running"}',
      headers: { 'JOB-TOKEN': lab.context.tokens.jobToken('99') },
    });
    expect([answer.status, answer.headers.get('job-status')]).toEqual([403, null]);
  });

  test('that says twice that a job has ended is heard once', async () => {
    const { lab, job } = await running();
    const answers = await Promise.all([update(lab, job, 'failed'), update(lab, job, 'success')]);
    await lab.coordinator.settle();
    expect(answers[0]?.status).toBe(200);
    expect(lab.context.pipelines.run(job.run.id)?.status).toBe('failed');
  });
});

describe('a log', () => {
  test('is written at its offsets, and over what was there', async () => {
    const { lab, job } = await running();
    expect((await trace(lab, job, 0, 'one two')).status).toBe(202);
    expect((await trace(lab, job, 4, 'three')).headers.get('range')).toBe('0-9');
    expect(await logOf(lab, job)).toBe('one three');
    const { mode } = await stat(join(lab.folder.job(job.run.id), 'trace.log'));
    expect((mode & 0o777).toString(8)).toBe('600');
  });

  test('with a hole is refused, and the size that is there is reported', async () => {
    const { lab, job } = await running();
    await trace(lab, job, 0, 'one');
    const answer = await trace(lab, job, 5, 'x');
    expect([answer.status, answer.headers.get('range')]).toEqual([416, '0-3']);
    expect(await logOf(lab, job)).toBe('one');
  });

  test('that is larger than allowed fails the job, and keeps what fits', async () => {
    const { lab, job } = await running({ server: { limits: { logBytes: 8 } } });
    await trace(lab, job, 0, '12345678');
    const answer = await trace(lab, job, 8, '9');
    expect([answer.status, answer.headers.get('job-status')]).toEqual([403, 'failed']);
    expect(lab.context.pipelines.run(job.run.id)).toMatchObject({
      status: 'failed',
      failureReason: 'trace_size_exceeded',
    });
    expect(await logOf(lab, job)).toBe('12345678');
  });

  test('of which not all has come is asked for again before the job ends', async () => {
    const { lab, job } = await running();
    await trace(lab, job, 0, 'half');
    expect((await update(lab, job, 'failed', { output: { bytesize: 8 } })).status).toBe(412);
    expect(lab.context.pipelines.run(job.run.id)?.status).toBe('running');
    await trace(lab, job, 4, 'half');
    expect((await update(lab, job, 'failed', { output: { bytesize: 8 } })).status).toBe(200);
  });
});

describe('a log with the right size', () => {
  const crc = (text: string) => `crc32:${crc32(text).toString(16).padStart(8, '0')}`;

  test('and another checksum is asked for again, and taken once it is whole', async () => {
    const { lab, job } = await running();
    const output = { bytesize: 4, checksum: crc('good') };
    await trace(lab, job, 0, 'evil');
    expect((await update(lab, job, 'failed', { output })).status).toBe(412);
    expect(lab.context.pipelines.run(job.run.id)?.status).toBe('running');
    await trace(lab, job, 0, 'good');
    expect((await update(lab, job, 'failed', { output })).status).toBe(200);
  });

  test('and a checksum that never fits does not keep the job from ending', async () => {
    const { lab, job } = await running();
    await trace(lab, job, 0, 'good');
    const statuses = [];
    for (let tries = 0; tries < 4; tries += 1)
      statuses.push((await update(lab, job, 'failed', { output: { bytesize: 4, checksum: crc('evil') } })).status);
    expect(statuses).toEqual([412, 412, 412, 200]);
  });
});

describe('a job’s archive', () => {
  const open = async (lab: Lab, owner: AssignedJob, reader: AssignedJob) =>
    lab.jobService.openArtifact(owner.run.id, lab.context.tokens.jobToken(reader.run.id));

  test('opens to running jobs of its own family of pipelines only', async () => {
    const { lab, job } = await running();
    await lab.work(job);
    const child = (await lab.take())!;
    await lab.happens(lab.forge.request('7', lab.push('fix').sha));
    const stranger = (await lab.take())!;
    expect(await open(lab, job, child)).toMatchObject({ size: expect.any(Number) as number });
    expect(await open(lab, job, stranger)).toBe('forbidden');
    expect(await open(lab, child, child)).toBeUndefined();
    await lab.finish(child);
    expect(await open(lab, job, child)).toBe('forbidden');
  });

  test('opens to the jobs that get it, and to no other of the pipeline', async () => {
    const lab = await openLab();
    const yaml = [
      'stages: [one, two, three]',
      'first: { stage: one, script: x }',
      'second: { stage: one, script: x }',
      'needing: { stage: two, script: x, needs: [first] }',
      'bare: { stage: two, script: x, needs: [{ job: first, artifacts: false }] }',
      'choosing: { stage: three, script: x, dependencies: [second] }',
      'taking: { stage: three, script: x }',
    ];
    const files = { 'spack.yaml': 'spack: {}\n', '.gitlab-ci.yml': `${yaml.join('\n')}\n` };
    await lab.happens(lab.push('main', files).event);
    const jobs = new Map<string, AssignedJob>();
    const take = async () => {
      for (let job = await lab.take(); job !== undefined; job = await lab.take()) jobs.set(job.run.name, job);
    };
    await take();
    for (const name of ['first', 'second']) {
      await lab.leave(jobs.get(name)!, { [name]: name });
      await lab.finish(jobs.get(name)!);
    }
    await take();
    const opens = async (reader: string) => {
      const found = ['first', 'second'].map(async (owner) => open(lab, jobs.get(owner)!, jobs.get(reader)!));
      return (await Promise.all(found)).map((one) => one !== 'forbidden');
    };
    expect([await opens('needing'), await opens('bare')]).toEqual([
      [true, false],
      [false, false],
    ]);
    for (const name of ['needing', 'bare']) await lab.finish(jobs.get(name)!);
    await take();
    expect([await opens('choosing'), await opens('taking')]).toEqual([
      [false, true],
      [true, true],
    ]);
    expect(await opens('needing')).toEqual([false, false]);
  });

  test('opens to no token that is made up', async () => {
    const { lab, job } = await running();
    await lab.work(job);
    expect(await lab.jobService.openArtifact(job.run.id, 'glcbt-made-up')).toBe('forbidden');
  });
});

describe('a request for a job', () => {
  test('that is repeated, since its answer was lost, gets the same job again, also at the same time', async () => {
    const lab = await openLab();
    await lab.happens(lab.push('main').event);
    const answers = await Promise.all([1, 2].map(() => lab.jobService.requestJob(embedded, {}, 'request-1')));
    const again = await lab.jobService.requestJob(embedded, {}, 'request-1');
    expect(new Set([...answers, again].map((answer) => answer?.id)).size).toBe(1);
    expect(await lab.jobService.requestJob(embedded, {}, 'request-2')).toBeUndefined();
  });

  test('of another runner never gets this one’s job by the same name of a request', async () => {
    const lab = await openLab({ runners: [embedded, remote] });
    await lab.happens(lab.push('main').event);
    expect(await lab.jobService.requestJob(embedded, {}, 'request-1')).toBeDefined();
    expect(await lab.jobService.requestJob(remote, {}, 'request-1')).toBeUndefined();
  });

  test('of a machine that cannot isolate images gets no job of a fork that names one, and another machine does', async () => {
    const lab = await openLab();
    const files = { 'slipway.yaml': 'forks: run\n', '.gitlab-ci.yml': 'one: { image: debian:12, script: x }\n' };
    const { sha: baseSha } = lab.push('main', files);
    await lab.happens(lab.forge.request('7', lab.push('fix', { ...files, more: 'text' }).sha, { fork: true, baseSha }));
    const ask = async (system_id: string, image_obstacle?: string) => {
      const request = { system_id, info: { image_obstacle } };
      await lab.jobService.greet(embedded, request);
      return lab.jobService.requestJob(embedded, request);
    };
    expect(await ask('s_docker', 'Jobs of forks need rootless podman')).toBeUndefined();
    const [run] = lab.context.pipelines.runsInStatus(['pending']);
    const { plan } = lab.context.pipelines.state(run!.pipeline);
    const obstacle = () => lab.context.runners.obstacle({ trust: 'untrusted', stack: 'lab' }, jobPlan(plan, 'one')!);
    expect(obstacle()).toBe('Jobs of forks need rootless podman');
    expect((await ask('s_podman'))?.job_info.name).toBe('one');
    expect(obstacle()).toBeUndefined();
  });

  test('leads to the job being offered again when its runner never confirms that it has it', async () => {
    const lab = await openLab({ runners: [embedded, remote] });
    await lab.happens(lab.push('main').event);
    const lost = await lab.jobService.requestJob(remote, twoPhase);
    lab.tick(minutes(4));
    expect(await lab.jobService.requestJob(embedded, {})).toBeUndefined();
    lab.tick(minutes(2));
    const next = await lab.jobService.requestJob(embedded, {});
    expect(next?.job_info.name).toBe('generate');
    expect(next?.id).not.toBe(lost?.id);
    expect(await lab.jobService.authenticateJob(String(lost?.id), lost?.token ?? '')).toMatchObject({
      status: 'failed',
    });
  });

  test('leaves the job with a runner that confirms', async () => {
    const lab = await openLab({ runners: [embedded, remote] });
    await lab.happens(lab.push('main').event);
    const job = await lab.jobService.requestJob(remote, twoPhase);
    expect(await lab.jobService.authenticateJob(String(job?.id), job?.token ?? '')).toMatchObject({
      status: 'running',
    });
    lab.tick(minutes(60));
    expect(await lab.jobService.requestJob(embedded, {})).toBeUndefined();
  });
});

describe('a runner', () => {
  test('gets no more jobs at once than its configuration says', async () => {
    const single = { ...embedded, concurrency: 1 };
    const lab = await openLab({ runners: [single, remote] });
    await lab.happens(lab.push('main').event, lab.forge.request('7', lab.push('fix').sha));
    const first = await lab.jobService.requestJob(single, {}, 'request-1');
    expect(await lab.jobService.requestJob(single, {}, 'request-2')).toBeUndefined();
    expect((await lab.jobService.requestJob(single, {}, 'request-1'))?.id).toBe(first?.id);
    const mark = lab.jobService.queueMark(single);
    await lab.jobService.update(lab.context.pipelines.run(String(first?.id))!, { state: 'failed' } as JobUpdate);
    expect(lab.jobService.queueMark(single)).not.toBe(mark);
    expect(await lab.jobService.requestJob(single, {}, 'request-3')).toBeDefined();
  });

  test('that unregistered stays unknown after a restart, until it has a new token', async () => {
    const lab = await openLab({ runners: [embedded, remote] });
    expect(await lab.jobService.authenticateRunner(remote.token)).toMatchObject({ id: 2 });
    await lab.jobService.unregister(remote);
    expect(await lab.jobService.authenticateRunner(remote.token)).toBeUndefined();
    await lab.reopen();
    expect(await lab.jobService.authenticateRunner(remote.token)).toBeUndefined();
    expect(await lab.jobService.authenticateRunner(embedded.token)).toMatchObject({ id: 1 });
    const renewed = new RunnerRegistry(
      [{ ...remote, token: 'glrt-new' }],
      lab.context.clock,
      createRunnerLedger(lab.database),
    );
    expect(renewed.authenticate('glrt-new')).toMatchObject({ id: 2 });
  });

  test('of which one machine unregistered is still there with the others', async () => {
    const lab = await openLab({ runners: [remote] });
    await lab.happens(lab.push('main').event);
    const record = lab.context.pipelines.record('1')!;
    const plan = lab.context.pipelines.state('1').plan.jobs[0]!;
    for (const system_id of ['s_a', 's_b']) await lab.jobService.greet(remote, { system_id });
    await lab.jobService.unregisterManager(remote, 's_a');
    expect(lab.context.runners.obstacle(record, plan)).toBeUndefined();
    await lab.jobService.unregisterManager(remote, 's_b');
    expect(lab.context.runners.obstacle(record, plan)).toBe('No machine is left of runner `remote`');
  });
});

test('the token of a running job identifies the job, as GitLab does', async () => {
  const { lab, job } = await running();
  const token = lab.context.tokens.jobToken(job.run.id);
  expect(await lab.jobService.describeJob(token)).toMatchObject({
    id: Number(job.run.id),
    name: 'generate',
    stage: 'generate',
    status: 'running',
    ref: 'main',
    tag: false,
    finished_at: null,
    web_url: `http://127.0.0.1:1/jobs/${job.run.id}`,
    commit: { id: job.record.sha, author_name: 'Ada', author_email: 'ada@example.org' },
    pipeline: { id: 1, project_id: 1, ref: 'main', sha: job.record.sha, status: 'running', source: 'push' },
    runner: { id: 1, description: 'embedded' },
  });
  await lab.finish(job);
  expect(await lab.jobService.describeJob(token)).toBeUndefined();
});

test('the answer to a request names the commit, the steps, the archives and what must be masked', async () => {
  const { lab, job } = await running();
  await lab.work(job);
  const answer = (await lab.jobService.requestJob(embedded, {}))!;
  const { sha } = lab.context.pipelines.record('1')!;
  expect(answer).toMatchObject({
    job_info: { name: 'tide', project_name: 'lab', pipeline_id: 2 },
    git_info: {
      sha,
      ref: 'main',
      ref_type: 'branch',
      refspecs: ['+refs/pipelines/2:refs/pipelines/2'],
      protected: true,
    },
    steps: [{ name: 'script', script: ['slipway rebuild'], timeout: 3600, when: 'on_success' }],
    dependencies: [
      { id: Number(job.run.id), name: 'generate', token: answer.token, artifacts_file: { filename: 'artifacts.zip' } },
    ],
  });
  const secret = answer.variables?.filter(({ value }) => value === answer.token);
  expect(secret).toMatchObject([{ key: 'CI_JOB_TOKEN', masked: true, public: false }]);
});

describe('the log of a job whose lock is refused', () => {
  test.each(['', 'Job succeeded\n', 'x\n\u001B[32;1mJob succeeded\u001B[0;m\n'])(
    'ends with the reason, and not with success: %j',
    async (end) => {
      const { lab, job } = await running();
      await lab.leave(job, { 'jobs_scratch_dir/concrete_environment/spack.lock': '{"_meta":' });
      const text = `$ slipway generate\n${end}`;
      await trace(lab, job, 0, text);
      expect((await update(lab, job, 'success', { output: { bytesize: text.length } })).status).toBe(200);
      expect(lab.context.pipelines.run(job.run.id)).toMatchObject({ status: 'failed' });
      const log = await logOf(lab, job);
      expect(log).toMatch(/^\$ slipway generate\n(?:x\n)?\S*ERROR: Job failed: The lock that job `generate` created/);
      expect(log).toMatch(/\nhint: .*\n$/);
      expect(log).not.toContain('succeeded');
    },
  );
});
