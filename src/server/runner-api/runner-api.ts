import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { HTTPException } from 'hono/http-exception';
import type { RunnerTraits } from '../../coordinator/index.ts';
import { SlipwayError, type Logger } from '../../kit/index.ts';
import type { JobRun } from '../../pipeline/index.ts';
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
import { jobTokenOf } from '../access/credential.ts';
import { addressOfRequest } from '../remote-address.ts';
import { checkToken } from '../token-throttle.ts';
import { fileBody } from '../web-body.ts';
import { receiveUpload } from './artifact-upload.ts';
import { isLive, type JobService } from './job-service.ts';

export interface RunnerApiOptions {
  /** Folder for uploads before the service moves them; on the same disk as their final location. */
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
/** GitLab's runner API under `/api/v4`. The service decides; these routes only translate. */
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
  await jobs.greet(runner, body, addressOfRequest(c));
  return c.json({ id: runner.id, token: tokenOf(c, body.token), token_expires_at: runner.record?.expiresAt ?? null });
}

/** https://docs.gitlab.com/api/runners/#delete-a-runner-by-authentication-token; runners send the token in the body. */
async function unregisterRunner(c: Context, jobs: JobService): Promise<Response> {
  const { token } = await readRunner(c, 'DELETE /runners');
  const runner = await authenticate(c, jobs, token);
  await jobs.unregister(runner);
  return c.body(null, 204);
}

/** Called by `gitlab-runner unregister` for tokens that begin with `glrt-`. */
async function unregisterManager(c: Context, jobs: JobService): Promise<Response> {
  const { token, system_id: systemId } = await readRunner(c, 'DELETE /runners/managers');
  const runner = await authenticate(c, jobs, token);
  if (systemId === undefined || systemId === null || systemId === '')
    return c.json({ message: '400 Bad Request: `system_id` is missing' }, 400);
  await jobs.unregisterManager(runner, systemId);
  return c.body(null, 204);
}

/** A `DELETE` may carry its parameters in the query too. */
async function readRunner(c: Context, request: string): Promise<RunnerVerification> {
  return parseBody(RunnerVerification, { ...c.req.query(), ...((await readJson(c)) as object | undefined) }, request);
}

async function describeJob(c: Context, jobs: JobService): Promise<Response> {
  const job = await jobs.describeJob(jobTokenOf(c));
  return job === undefined ? c.json({ message: '401 Unauthorized' }, 401) : c.json(job);
}

async function requestJob(c: Context, jobs: JobService, options: RunnerApiOptions): Promise<Response> {
  const body = parseBody(JobRequest, await readJson(c), 'POST /jobs/request');
  const runner = await authenticate(c, jobs, body.token);
  await jobs.greet(runner, body, addressOfRequest(c));
  const { signal: gone } = c.req.raw;
  const take = async () => {
    const mark = jobs.queueMark(runner);
    // A job must not be lost with a connection that was closed.
    const job = gone.aborted ? undefined : await jobs.requestJob(runner, body, c.req.header(protocolHeader.requestId));
    return { mark, job };
  };
  let { mark, job } = await take();
  const hold = options.pollHold ?? 50_000;
  if (job === undefined && body.last_update === mark && hold > 0) {
    const done = new AbortController();
    const either = AbortSignal.any([gone, done.signal]);
    const isOver = (options.wait ?? quietDelay)(hold, either).then(() => done.abort());
    while (job === undefined && !either.aborted) {
      await Promise.race([jobs.queueChanged(runner, mark, either), isOver]);
      // Another runner may have taken what came.
      if (mark !== jobs.queueMark(runner)) ({ mark, job } = await take());
    }
    done.abort();
  }
  return job === undefined ? noJob(c, mark) : c.json(job, 201);
}

async function quietDelay(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch(() => undefined);
}

async function updateJob(c: Context, jobs: JobService, options: RunnerApiOptions): Promise<Response> {
  const body = parseBody(JobUpdate, await readJson(c), 'PUT /jobs/:id');
  const run = await authenticateJob(c, jobs, body.token);
  const isAccepted = await jobs.update(run, body);
  setStatus(c, run, options);
  return c.body(null, isAccepted ? 200 : 412);
}

async function appendTrace(c: Context, jobs: JobService, options: RunnerApiOptions): Promise<Response> {
  const run = await authenticateJob(c, jobs);
  const offset = parseContentRangeStart(c.req.header('content-range') ?? '');
  const { outcome, size } = await jobs.appendTrace(run, offset, new Uint8Array(await c.req.arrayBuffer()));
  if (outcome === 'too-large') {
    c.header(protocolHeader.jobStatus, 'failed');
    return c.json({ message: 'The log is larger than the server allows' }, 403);
  }
  setStatus(c, run, options);
  c.header('Range', formatStoredRange(size));
  return c.body(null, outcome === 'accepted' ? 202 : 416);
}

async function uploadArtifact(c: Context, jobs: JobService, options: RunnerApiOptions): Promise<Response> {
  const run = await authenticateJob(c, jobs);
  const form = await receiveUpload(c.req.raw, { folder: options.uploadFolder, maxBytes: options.maxArtifactBytes });
  try {
    const query = parseBody(ArtifactQuery, { ...form.fields, ...c.req.query() }, 'POST /jobs/:id/artifacts');
    await jobs.receiveArtifact(run, {
      type: query.artifact_type,
      format: query.artifact_format,
      path: form.path,
      size: form.size,
    });
  } finally {
    await rm(form.path, { force: true });
  }
  return c.json({ message: '201 Created' }, 201);
}

async function downloadArtifact(c: Context, jobs: JobService): Promise<Response> {
  const archive = await jobs.openArtifact(jobIdOf(c), c.req.header(protocolHeader.jobToken) ?? '');
  if (archive === 'forbidden') throw forbidden();
  if (archive === undefined) return c.json({ message: '404 Not Found' }, 404);
  c.header('Content-Type', 'application/octet-stream');
  c.header('Content-Length', String(archive.size));
  c.header('Content-Disposition', 'attachment; filename="artifacts.zip"');
  return c.body(fileBody(archive.path));
}

async function authenticate(c: Context, jobs: JobService, bodyToken: string | undefined): Promise<RunnerTraits> {
  const token = tokenOf(c, bodyToken) ?? '';
  const runner = await checkToken(c, { kind: 'runner', token }, () => jobs.authenticateRunner(token));
  if (runner === undefined) throw forbidden();
  return runner;
}

function tokenOf(c: Context, bodyToken: string | undefined): string | undefined {
  return bodyToken ?? c.req.header(protocolHeader.runnerToken);
}

/** Returns the running job. For another one the answer is 403 with its status; after 404 the runner would go on. */
async function authenticateJob(c: Context, jobs: JobService, bodyToken?: string): Promise<JobRun> {
  const token = c.req.header(protocolHeader.jobToken) ?? bodyToken;
  const run = token === undefined ? undefined : await jobs.authenticateJob(jobIdOf(c), token);
  if (run === undefined) throw forbidden();
  if (isLive(run)) return run;
  c.header(protocolHeader.jobStatus, run.status);
  throw forbidden();
}

function jobIdOf(c: Context): string {
  return c.req.param('id') ?? '';
}

function setStatus(c: Context, { status }: JobRun, options: RunnerApiOptions): void {
  c.header(protocolHeader.jobStatus, status);
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

function forbidden(): HTTPException {
  return new HTTPException(403, { message: '403 Forbidden' });
}

function answerError(error: Error, c: Context, log: Logger): Response {
  if (error instanceof SlipwayError || error instanceof HTTPException)
    return c.json({ message: error.message }, error.status as 400);
  log.error({ err: error, path: c.req.path }, 'runner API failed');
  return c.json({ message: '500 Internal Server Error' }, 500);
}
