import { mkdir, open, readFile, rename, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { SlipwayError, steadyNow, timestamp } from '../kit/index.ts';
import {
  archiveOf,
  artifactPath,
  assignJob,
  dotenvVariables,
  expiryOf,
  isSameToken,
  recordJunit,
  recordLock,
  type Coordinator,
  type RunnerTraits,
} from '../coordinator/index.ts';
import { jobPlan, type AssignedJob, type JobRun, type PipelineRecord } from '../pipeline/index.ts';
import type { JobUpdate } from '../protocol/index.ts';
import type { ArtifactAccess, JobAccess, JobService, JobSession, RunnerIdentity } from './runner-api/job-service.ts';
import { currentJob } from './runner-api/current-job.ts';
import { servedJob } from './runner-api/served-job.ts';
import { LogCheck } from './runner-api/log-check.ts';
import { logSize } from './runner-api/log-size.ts';
import { ChangeSignal } from './runner-api/change-signal.ts';
import { rejectInLog } from './runner-api/rejected-log.ts';
import { UnconfirmedJobs } from './runner-api/unconfirmed-jobs.ts';

interface JobServiceOptions {
  /** Called whenever the runner of a job run is in contact. */
  readonly onContact?: (run: string) => void;
}

const LARGEST_REPORT = 1024 * 1024;

const LIVE = new Set(['running', 'canceling']);

/** The runner API's jobs, answered from the coordinator's records. */
export function coordinatorJobService(
  coordinator: Coordinator,
  { onContact = () => {} }: JobServiceOptions = {},
): JobService {
  const { context } = coordinator;
  const changes = new ChangeSignal();
  coordinator.jobs.onOffer(() => changes.notify());
  const answered = new Map<string, Promise<AssignedJob | undefined>>();
  const unconfirmed = new UnconfirmedJobs();
  // Jobs that a server before this one gave away: their runners are heard of soon, or have gone with it.
  for (const run of context.pipelines.runsInStatus(['running'])) unconfirmed.given(run.id, steadyNow(context.clock));

  const logs = new LogCheck();

  function access(jobId: number, token: string): { run: JobRun; kind: 'live' | 'ended' } | undefined {
    const id = String(jobId);
    if (!isSameToken(token, context.tokens.jobToken(id))) return undefined;
    const run = context.pipelines.run(id);
    return run === undefined ? undefined : { run, kind: LIVE.has(run.status) ? 'live' : 'ended' };
  }

  return {
    authenticateRunner: async (token) => context.runners.authenticate(token),
    greet: async (runner, { system_id: systemId }) =>
      context.runners.contacted(traitsOf(coordinator, runner).name, systemId ?? undefined),
    unregister: async (runner) => {
      const traits = traitsOf(coordinator, runner);
      context.log.warn({ runner: traits.name }, 'runner unregistered; it comes back with a new token');
      context.runners.unregister(traits);
    },
    unregisterManager: async (runner, systemId) => {
      const { name } = traitsOf(coordinator, runner);
      context.log.info({ runner: name, systemId }, 'machine of a runner unregistered');
      context.runners.signedOff(name, systemId);
    },
    queueMark: () => changes.mark(),
    queueChanged: (_runner, mark, signal) => changes.changed(mark, signal),
    requestJob: async (identity, request, requestId) => {
      for (const job of unconfirmed.takeOverdue(steadyNow(context.clock))) requeue(coordinator, job);
      const runner = traitsOf(coordinator, identity);
      const key = requestId === undefined ? undefined : `${runner.id} ${requestId}`;
      const known = key === undefined ? undefined : answered.get(key);
      if (known === undefined && !hasRoom(coordinator, runner)) return undefined;
      const asked = known ?? assignJob(coordinator, runner);
      if (key !== undefined) remember(answered, key, asked);
      const assignment = await asked;
      if (assignment === undefined) {
        if (key !== undefined) answered.delete(key);
        return undefined;
      }
      const isTwoPhase = request.info?.features?.['two_phase_job_commit'] === true;
      if (isTwoPhase && known === undefined) unconfirmed.given(assignment.run.id, steadyNow(context.clock));
      return servedJob(context, assignment);
    },
    describeJob: async (token) => {
      const run = liveRun(coordinator, token);
      return run === undefined ? undefined : currentJob(context, run);
    },
    authenticateJob: async (jobId, token): Promise<JobAccess> => {
      const found = access(jobId, token);
      if (found === undefined) return { kind: 'unknown' };
      const { run, kind } = found;
      unconfirmed.confirm(run.id);
      onContact(run.id);
      if (run.runner !== undefined) context.runners.contacted(run.runner);
      if (kind === 'ended')
        return {
          kind: 'ended',
          status: run.status === 'success' ? 'success' : run.status === 'failed' ? 'failed' : 'canceled',
        };
      return { kind: 'session', session: { jobId, status: run.status as JobSession['status'] } };
    },
    update: async (session, update) => {
      if (update.state !== 'success' && update.state !== 'failed') return 'accepted';
      const verdict = await logs.verdict(session.jobId, logFile(context, session.jobId), update.output);
      if (verdict === 'incomplete') return 'incomplete';
      if (verdict === 'damaged') context.log.warn({ job: session.jobId }, 'stored log differs from the runner’s');
      await finishJob(coordinator, session, update);
      // Its runner has room for another one.
      changes.notify();
      return 'accepted';
    },
    appendTrace: (session, offset, bytes) => appendTrace(coordinator, session, { offset, bytes }),
    receiveArtifact: async (session, upload) => {
      // Refused while the runner listens: what is recorded can be read by the jobs after it.
      if (upload.type === 'dotenv') dotenvVariables(await readReport(upload.path));
      const folder = context.folder.job(String(session.jobId));
      await mkdir(folder, { recursive: true });
      const path = join(folder, `${upload.type}.${upload.format}`);
      await rename(upload.path, path);
      const file = relative(context.folder.root, path);
      context.pipelines.addArtifact({
        job: String(session.jobId),
        type: upload.type,
        format: upload.format,
        file,
        size: upload.size,
        ...expiryFor(coordinator, session),
      });
      if (upload.type === 'junit') await recordJunit(context, String(session.jobId), path);
    },
    openArtifact: async (jobId, token): Promise<ArtifactAccess> => {
      const archive = archiveOf(context, String(jobId));
      if (!mayRead(coordinator, jobId, token)) return { kind: 'forbidden' };
      if (archive === undefined) return { kind: 'missing' };
      return { kind: 'file', path: artifactPath(context, archive), size: archive.size, fileName: 'artifacts.zip' };
    },
  };
}

function expiryFor({ context }: Coordinator, { jobId }: JobSession): { readonly expiresAt?: string } {
  const run = context.pipelines.run(String(jobId)) as JobRun;
  const plan = jobPlan(context.pipelines.state(run.pipeline).plan, run.name);
  const expiresAt = plan === undefined ? undefined : expiryOf(context, plan);
  return expiresAt === undefined ? {} : { expiresAt };
}

/** A report that is far too large is not read at all. */
async function readReport(path: string): Promise<Uint8Array> {
  const { size } = await stat(path);
  return size > LARGEST_REPORT ? new Uint8Array(LARGEST_REPORT) : readFile(path);
}

/** The job's answer never reached a runner, or the runner has gone: it is offered again, as another attempt. */
function requeue(coordinator: Coordinator, job: string): void {
  const { pipelines, log, clock } = coordinator.context;
  const run = pipelines.run(job);
  if (run?.status !== 'running') return;
  log.warn({ job, name: run.name, runner: run.runner }, 'the runner of the job did not report; it is offered again');
  coordinator.driver.dispatch(run.pipeline, {
    type: 'job-requeued',
    job: run.name,
    attempt: run.attempt,
    at: timestamp(clock),
  });
}

/** Whether the runner may have another job besides those it has. */
function hasRoom({ context }: Coordinator, { name, concurrency }: RunnerTraits): boolean {
  const own = context.pipelines.runsInStatus(['running', 'canceling']).filter(({ runner }) => runner === name);
  return own.length < concurrency;
}

function traitsOf({ context }: Coordinator, { id }: RunnerIdentity): RunnerTraits {
  return context.runners.withId(id) as RunnerTraits;
}

function logFile({ folder }: Coordinator['context'], jobId: number): string {
  return join(folder.job(String(jobId)), 'trace.log');
}

/** Stores how the job ended. A lock that it left is recorded first; one that cannot be used fails the job. */
async function finishJob(coordinator: Coordinator, session: JobSession, update: JobUpdate): Promise<void> {
  const { context } = coordinator;
  const run = context.pipelines.run(String(session.jobId)) as JobRun;
  const event = { type: 'job-finished', job: run.name, attempt: run.attempt, at: timestamp(context.clock) } as const;
  if (update.state !== 'success') {
    const failureReason = update.failure_reason ?? 'unknown_failure';
    const outcome = session.status === 'canceling' ? 'canceled' : 'failed';
    return coordinator.driver.dispatch(run.pipeline, {
      ...event,
      outcome,
      failureReason,
      exitCode: update.exit_code ?? undefined,
    });
  }
  try {
    await recordLock(context, context.pipelines.record(run.pipeline) as PipelineRecord, run);
    coordinator.driver.dispatch(run.pipeline, { ...event, outcome: 'success' });
  } catch (error) {
    // What the job left is its own fault; a disk or database that fails is not, and the runner tells us again.
    if (!(error instanceof SlipwayError)) throw error;
    context.log.warn({ job: run.id, error: error.message }, 'lock refused');
    await rejectInLog(logFile(context, session.jobId), error);
    coordinator.driver.dispatch(run.pipeline, { ...event, outcome: 'failed', failureReason: 'data_integrity_failure' });
  }
}

async function appendTrace(
  coordinator: Coordinator,
  session: JobSession,
  piece: { offset: number; bytes: Uint8Array },
): ReturnType<JobService['appendTrace']> {
  const { context } = coordinator;
  const path = logFile(context, session.jobId);
  await mkdir(dirname(path), { recursive: true });
  const size = await logSize(path);
  if (piece.offset > size) return { outcome: 'misplaced', size };
  const end = piece.offset + piece.bytes.length;
  if (end > context.configuration.limits.logBytes) {
    const run = context.pipelines.run(String(session.jobId)) as JobRun;
    const event = {
      type: 'job-finished',
      job: run.name,
      attempt: run.attempt,
      outcome: 'failed',
      failureReason: 'trace_size_exceeded',
    } as const;
    coordinator.driver.dispatch(run.pipeline, { ...event, at: timestamp(context.clock) });
    return { outcome: 'too-large', size };
  }
  const file = await open(path, size === 0 ? 'w' : 'r+', 0o600);
  try {
    await file.write(piece.bytes, 0, piece.bytes.length, piece.offset);
    await file.truncate(end);
  } finally {
    await file.close();
  }
  return { outcome: 'accepted', size: end };
}

/** A job's archive opens to the job itself, and to running jobs of the same family of pipelines. */
function mayRead(coordinator: Coordinator, jobId: number, token: string): boolean {
  const { pipelines, tokens } = coordinator.context;
  const owner = pipelines.run(String(jobId));
  if (owner === undefined) return false;
  const reader = isSameToken(token, tokens.jobToken(owner.id)) ? owner : liveRun(coordinator, token);
  return reader !== undefined && topmost(coordinator, reader.pipeline) === topmost(coordinator, owner.pipeline);
}

/** The job that a runner has at present and whose token this is. */
function liveRun({ context: { pipelines, tokens } }: Coordinator, token: string): JobRun | undefined {
  const live = pipelines.runsInStatus(['running', 'canceling']);
  return live.find(({ id }) => isSameToken(token, tokens.jobToken(id)));
}

function topmost(coordinator: Coordinator, pipeline: string): string {
  const parent = coordinator.context.pipelines.record(pipeline)?.parent?.pipeline;
  return parent === undefined ? pipeline : topmost(coordinator, parent);
}

/** Keeps the newest answers, so that a request repeated after a lost answer gets the same job. */
function remember<Answer>(answered: Map<string, Answer>, request: string, answer: Answer): void {
  answered.set(request, answer);
  const [oldest] = answered.keys();
  if (answered.size > 256 && oldest !== undefined) answered.delete(oldest);
}
