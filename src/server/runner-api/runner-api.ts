import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { SlipwayError, type Logger } from '../../kit/index.ts';
import {
  ArtifactQuery,
  JobRequest,
  JobUpdate,
  RunnerVerification,
  formatStoredRange,
  parseBody,
  parseContentRangeStart,
  protocolHeader,
} from '../../protocol/index.ts';
import { checkToken } from '../token-throttle.ts';
import { fileBody } from '../web-body.ts';
import { receiveUpload } from './artifact-upload.ts';
import type { JobService, JobSession, RunnerIdentity, UpdateOutcome } from './job-service.ts';

export interface RunnerApiOptions {
  /** Where uploads are written before the jobs takes them; on the same disk as their last place. */
  readonly uploadFolder: string;
  /** Bytes of one artifact. */
  readonly maxArtifactBytes: number;
  readonly log: Logger;
  /** Milliseconds that a request for a job is held open while there is none; 0 answers at once. Proxies cut at 60 s. */
  readonly pollHold?: number;
  /** Waits; ends early without a failure when the signal is aborted. */
  readonly wait?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** Seconds between two pieces of a log. */
  readonly traceInterval?: number;
}

const MEBIBYTE = 1024 * 1024;
const UPDATE_STATUS: Readonly<Record<UpdateOutcome, 200 | 202 | 409 | 412>> = {
  accepted: 200,
  later: 202,
  incomplete: 412,
  conflict: 409,
};

/** GitLab's runner API under `/api/v4`. All decisions are the jobs's; here is only how they read on the wire. */
export function runnerApiRoutes(jobs: JobService, options: RunnerApiOptions): Hono {
  const app = new Hono();
  const small = bodyLimit({
    maxSize: MEBIBYTE,
    onError: (c) => c.json({ message: 'The body has more than 1 MiB' }, 413),
  });
  app.onError((error, c) => answerError(error, c, options.log));
  app.post('/api/v4/runners/verify', small, (c) => verifyRunner(c, jobs));
  app.delete('/api/v4/runners', small, (c) => unregisterRunner(c, jobs));
  app.delete('/api/v4/runners/managers', small, (c) => unregisterManager(c, jobs));
  app.get('/api/v4/job', (c) => describeJob(c, jobs));
  app.post('/api/v4/jobs/request', small, (c) => requestJob(c, jobs, options));
  app.put('/api/v4/jobs/:id{[0-9]+}', small, (c) => updateJob(c, jobs, options));
  app.patch('/api/v4/jobs/:id{[0-9]+}/trace', small, (c) => appendTrace(c, jobs, options));
  app.post('/api/v4/jobs/:id{[0-9]+}/artifacts', (c) => uploadArtifact(c, jobs, options));
  app.get('/api/v4/jobs/:id{[0-9]+}/artifacts', (c) => downloadArtifact(c, jobs));
  return app;
}

async function verifyRunner(c: Context, jobs: JobService): Promise<Response> {
  const body = parseBody(RunnerVerification, await readJson(c), 'POST /runners/verify');
  const runner = await authenticate(c, jobs, body.token);
  if (runner === undefined) return forbidden(c);
  await jobs.greet(runner, body);
  return c.json({ id: runner.id, token: tokenOf(c, body.token), token_expires_at: null });
}

/** https://docs.gitlab.com/api/runners/#delete-a-runner-by-authentication-token; runners send the token in the body. */
async function unregisterRunner(c: Context, jobs: JobService): Promise<Response> {
  const { token } = await readRunner(c, 'DELETE /runners');
  const runner = await authenticate(c, jobs, token);
  if (runner === undefined) return forbidden(c);
  await jobs.unregister(runner);
  return c.body(null, 204);
}

/** What `gitlab-runner unregister` calls for tokens that begin with `glrt-`. */
async function unregisterManager(c: Context, jobs: JobService): Promise<Response> {
  const { token, system_id: systemId } = await readRunner(c, 'DELETE /runners/managers');
  const runner = await authenticate(c, jobs, token);
  if (runner === undefined) return forbidden(c);
  if (systemId === undefined || systemId === null || systemId === '')
    return c.json({ message: '400 Bad Request: `system_id` is missing' }, 400);
  await jobs.unregisterManager(runner, systemId);
  return c.body(null, 204);
}

/** A `DELETE` may carry its parameters in the query too. */
async function readRunner(c: Context, what: string): Promise<RunnerVerification> {
  return parseBody(RunnerVerification, { ...c.req.query(), ...((await readJson(c)) as object | undefined) }, what);
}

async function describeJob(c: Context, jobs: JobService): Promise<Response> {
  const bearer = /^Bearer\s+(\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1];
  const token = c.req.header(protocolHeader.jobToken) ?? bearer ?? c.req.query('job_token');
  const job = token === undefined ? undefined : await jobs.describeJob(token);
  return job === undefined ? c.json({ message: '401 Unauthorized' }, 401) : c.json(job);
}

async function requestJob(c: Context, jobs: JobService, options: RunnerApiOptions): Promise<Response> {
  const body = parseBody(JobRequest, await readJson(c), 'POST /jobs/request');
  const runner = await authenticate(c, jobs, body.token);
  if (runner === undefined) return forbidden(c);
  await jobs.greet(runner, body);
  const requestId = c.req.header(protocolHeader.requestId);
  const gone = c.req.raw.signal;
  const mark = jobs.queueMark(runner);
  // A job must not be given to a connection that nobody reads any more.
  const job = gone.aborted ? undefined : await jobs.requestJob(runner, body, requestId);
  if (job !== undefined) return c.json(job, 201);
  const hold = options.pollHold ?? 50_000;
  if (body.last_update !== mark || hold === 0) return noJob(c, mark);
  await holdOpen({ jobs, runner, mark, hold, gone, wait: options.wait ?? quietDelay });
  if (gone.aborted) return noJob(c, mark);
  const next = jobs.queueMark(runner);
  const late = next === mark ? undefined : await jobs.requestJob(runner, body, requestId);
  return late === undefined ? noJob(c, next) : c.json(late, 201);
}

interface Hold {
  readonly jobs: JobService;
  readonly runner: RunnerIdentity;
  readonly mark: string;
  readonly hold: number;
  readonly gone: AbortSignal;
  readonly wait: NonNullable<RunnerApiOptions['wait']>;
}

async function holdOpen({ jobs, runner, mark, hold, gone, wait }: Hold): Promise<void> {
  const done = new AbortController();
  const either = AbortSignal.any([gone, done.signal]);
  await Promise.race([jobs.queueChanged(runner, mark, either), wait(hold, either)]);
  done.abort();
}

async function quietDelay(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch(() => undefined);
}

async function updateJob(c: Context, jobs: JobService, options: RunnerApiOptions): Promise<Response> {
  const body = parseBody(JobUpdate, await readJson(c), 'PUT /jobs/:id');
  const session = await authenticateJob(c, jobs, body.token);
  if (session instanceof Response) return session;
  const outcome = await jobs.update(session, body);
  tellStatus(c, session, options);
  return c.body(null, UPDATE_STATUS[outcome]);
}

async function appendTrace(c: Context, jobs: JobService, options: RunnerApiOptions): Promise<Response> {
  const session = await authenticateJob(c, jobs);
  if (session instanceof Response) return session;
  const offset = parseContentRangeStart(c.req.header('content-range') ?? '');
  const { outcome, size } = await jobs.appendTrace(session, offset, new Uint8Array(await c.req.arrayBuffer()));
  if (outcome === 'too-large') {
    c.header(protocolHeader.jobStatus, 'failed');
    return c.json({ message: 'The log is larger than the server allows' }, 403);
  }
  tellStatus(c, session, options);
  c.header('Range', formatStoredRange(size));
  return c.body(null, outcome === 'accepted' ? 202 : 416);
}

async function uploadArtifact(c: Context, jobs: JobService, options: RunnerApiOptions): Promise<Response> {
  const session = await authenticateJob(c, jobs);
  if (session instanceof Response) return session;
  const form = await receiveUpload(c.req.raw, { folder: options.uploadFolder, maxBytes: options.maxArtifactBytes });
  try {
    const query = parseBody(ArtifactQuery, { ...form.fields, ...c.req.query() }, 'POST /jobs/:id/artifacts');
    await jobs.receiveArtifact(session, {
      type: query.artifact_type,
      format: query.artifact_format,
      expireIn: query.expire_in,
      fileName: form.fileName,
      path: form.path,
      size: form.size,
    });
  } finally {
    await rm(form.path, { force: true });
  }
  return c.json({ message: '201 Created' }, 201);
}

async function downloadArtifact(c: Context, jobs: JobService): Promise<Response> {
  const access = await jobs.openArtifact(jobIdOf(c), c.req.header(protocolHeader.jobToken) ?? '');
  if (access.kind === 'forbidden') return forbidden(c);
  if (access.kind === 'missing') return c.json({ message: '404 Not Found' }, 404);
  c.header('Content-Type', 'application/octet-stream');
  c.header('Content-Length', String(access.size));
  c.header('Content-Disposition', `attachment; filename="${access.fileName.replaceAll(/[^\w.-]/g, '_')}"`);
  return c.body(fileBody(access.path));
}

async function authenticate(
  c: Context,
  jobs: JobService,
  bodyToken: string | undefined,
): Promise<RunnerIdentity | undefined> {
  const token = tokenOf(c, bodyToken);
  if (token === undefined) return undefined;
  return checkToken(c, { kind: 'runner', token }, () => jobs.authenticateRunner(token));
}

function tokenOf(c: Context, bodyToken: string | undefined): string | undefined {
  return bodyToken ?? c.req.header(protocolHeader.runnerToken);
}

/**
 * The session, or the answer that makes the runner stop: 403 with the job's state (404 would let a running job go on).
 */
async function authenticateJob(c: Context, jobs: JobService, bodyToken?: string): Promise<JobSession | Response> {
  const token = c.req.header(protocolHeader.jobToken) ?? bodyToken;
  const access = token === undefined ? undefined : await jobs.authenticateJob(jobIdOf(c), token);
  if (access?.kind === 'session') return access.session;
  if (access?.kind === 'ended') c.header(protocolHeader.jobStatus, access.status);
  return forbidden(c);
}

function jobIdOf(c: Context): number {
  return Number(c.req.param('id'));
}

function tellStatus(c: Context, session: JobSession, options: RunnerApiOptions): void {
  c.header(protocolHeader.jobStatus, session.status);
  c.header(protocolHeader.traceInterval, String(options.traceInterval ?? 3));
}

async function readJson(c: Context): Promise<unknown> {
  const text = await c.req.text();
  try {
    return JSON.parse(text === '' ? '{}' : text);
  } catch {
    return undefined;
  }
}

function noJob(c: Context, mark: string): Response {
  c.header(protocolHeader.lastUpdate, mark);
  return c.body(null, 204);
}

function forbidden(c: Context): Response {
  return c.json({ message: '403 Forbidden' }, 403);
}

function answerError(error: Error, c: Context, log: Logger): Response {
  if (error instanceof SlipwayError) return c.json({ message: error.message }, error.status as 400);
  log.error({ err: error, path: c.req.path }, 'runner API failed');
  return c.json({ message: '500 Internal Server Error' }, 500);
}
