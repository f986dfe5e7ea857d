import { mkdir, open, readFile, rename, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { BoundedMap, SlipwayError, steadyNow, timestamp, isSameToken } from '../kit/index.ts';
import {
  archiveOf,
  artifactPath,
  assignJob,
  builtUsage,
  dotenvVariables,
  expiryOf,
  mayReadShared,
  recordJunit,
  recordLock,
  recordUsage,
  type Coordinator,
} from '../coordinator/index.ts';
import { getsArtifactsOf, jobPlan, type AssignedJob, type JobRun, type PipelineRecord } from '../pipeline/index.ts';
import type { JobUpdate } from '../protocol/index.ts';
import { runningJob } from './access/job-principal.ts';
import { isLive, type JobService, type TraceAppend } from './runner-api/job-service.ts';
import { currentJob } from './runner-api/current-job.ts';
import { servedJob } from './runner-api/served-job.ts';
import { machineInfo } from './runner-api/machine-info.ts';
import { LogCheck } from './runner-api/log-check.ts';
import { logSize } from './runner-api/log-size.ts';
import { QueueSignal } from './runner-api/queue-signal.ts';
import { recordAssignment } from './runner-api/record-assignment.ts';
import { rejectInLog } from './runner-api/rejected-log.ts';
import { UnconfirmedJobs } from './runner-api/unconfirmed-jobs.ts';

interface JobServiceOptions {
  /** Called whenever the runner of a job run sends a request for it. */
  readonly onContact?: (run: string) => void;
  /** Called with the new size of a run's log. */
  readonly onLog?: (run: string, size: number) => void;
}

const LARGEST_REPORT = 1024 * 1024;

/** Answers to requests for jobs that are kept, so that a request repeated after a lost answer gets the same job. */
const KEPT_ANSWERS = 256;

/** Answers the runner API from the coordinator's records. */
export function coordinatorJobService(
  coordinator: Coordinator,
  { onContact = () => {}, onLog = () => {} }: JobServiceOptions = {},
): JobService {
  const { context } = coordinator;
  const { pipelines, runners, tokens, clock, log } = context;
  const changes = new QueueSignal(coordinator.ready, runners);
  coordinator.jobs.onOffer(() => changes.notify());
  context.fleet.onChange(() => changes.notify());
  const answered = new BoundedMap<string, Promise<AssignedJob | undefined>>(KEPT_ANSWERS);
  const unconfirmed = new UnconfirmedJobs();
  // Jobs that an earlier server assigned: their runners send requests soon, or are gone.
  for (const run of pipelines.runsInStatus(['running'])) unconfirmed.add(run.id, steadyNow(clock));
  const logs = new LogCheck();

  return {
    authenticateRunner: async (token) => runners.authenticate(token),
    greet: async ({ name }, { system_id: systemId, info }) =>
      runners.contacted(name, systemId ?? undefined, info ? machineInfo(info) : undefined),
    unregister: async (runner) => {
      log.warn({ runner: runner.name }, 'runner unregistered; it can return with a new token');
      runners.unregister(runner);
    },
    unregisterManager: async ({ name }, systemId) => {
      log.info({ runner: name, systemId }, 'machine of a runner unregistered');
      runners.signedOff(name, systemId);
    },
    queueMark: (runner) => changes.mark(runner),
    queueChanged: (runner, mark, signal) => changes.changed(runner, mark, signal),
    requestJob: async (requester, request, requestId) => {
      const runner = runners.current(requester, request.system_id ?? undefined);
      for (const job of unconfirmed.takeOverdue(steadyNow(clock))) requeue(coordinator, job);
      const key = `${runner.id} ${requestId}`;
      const known = requestId === undefined ? undefined : answered.get(key);
      if (known === undefined && context.drain.since !== undefined) return undefined;
      if (known === undefined && coordinator.live.of(runner.name).length >= runner.concurrency) return undefined;
      if (known === undefined) context.audit.require();
      const answer = known ?? assignJob(coordinator, runner);
      if (requestId !== undefined) answered.set(key, answer);
      const assignment = await answer;
      if (assignment === undefined) {
        answered.delete(key);
        return undefined;
      }
      const isTwoPhase = request.info?.features?.['two_phase_job_commit'] === true;
      if (isTwoPhase && known === undefined) unconfirmed.add(assignment.run.id, steadyNow(clock));
      if (known === undefined) recordAssignment(context, runner, assignment);
      return servedJob(context, assignment);
    },
    describeJob: async (token) => {
      const run = runningJob(context, token);
      return run === undefined ? undefined : currentJob(context, run);
    },
    authenticateJob: async (id, token) => {
      const run = isSameToken(token, tokens.jobToken(id)) ? pipelines.run(id) : undefined;
      if (run === undefined) return undefined;
      unconfirmed.confirm(id);
      onContact(id);
      if (run.runner !== undefined) runners.contacted(run.runner);
      return run;
    },
    update: async (run, update) => {
      if (update.state !== 'success' && update.state !== 'failed') return true;
      const verdict = await logs.verdict(run.id, logFile(context, run), update.output);
      if (verdict === 'incomplete') return false;
      if (isLive(run)) {
        const built = update.state === 'success' ? await builtUsage(context, run) : [];
        recordUsage(context, run, { ...update, usage: [...(update.usage ?? []), ...built] });
      }
      if (verdict === 'damaged') log.warn({ job: run.id }, 'stored log differs from the runner’s');
      await finishJob(coordinator, run, update);
      return true;
    },
    appendTrace: async (run, offset, bytes) => {
      const result = await appendTrace(coordinator, run, { offset, bytes });
      if (result.outcome === 'accepted') onLog(run.id, result.size);
      return result;
    },
    receiveArtifact: async (run, { type, format, path: upload, size }) => {
      // Refused while the runner can still report it: jobs that follow can read every recorded report.
      if (type === 'dotenv') dotenvVariables(await readReport(upload));
      const folder = context.folder.job(run.id);
      await mkdir(folder, { recursive: true });
      const path = join(folder, `${type}.${format}`);
      await rename(upload, path);
      const plan = jobPlan(pipelines.state(run.pipeline).plan, run.name);
      pipelines.addArtifact({
        job: run.id,
        type,
        format,
        file: relative(context.folder.root, path),
        size,
        expiresAt: plan && expiryOf(context, plan),
      });
      if (type === 'junit') await recordJunit(context, run.id, path);
    },
    openArtifact: async (id, token) => {
      if (!mayOpen(coordinator, id, token)) return 'forbidden';
      const archive = archiveOf(context, id);
      return archive && { path: artifactPath(context, archive), size: archive.size };
    },
  };
}

/** Reads a report. One that is far too large is replaced by zeros, which are refused. */
async function readReport(path: string): Promise<Uint8Array> {
  const { size } = await stat(path);
  return size > LARGEST_REPORT ? new Uint8Array(LARGEST_REPORT) : readFile(path);
}

/** Offers a job again, as another attempt: its runner never got it, or is gone. */
function requeue({ context, driver }: Coordinator, job: string): void {
  const run = context.pipelines.run(job);
  if (run?.status !== 'running') return;
  context.log.warn({ job, name: run.name, runner: run.runner }, 'no runner reported on the job; it is offered again');
  driver.dispatch(run.pipeline, { type: 'job-requeued', ...attemptOf(context, run) });
}

function attemptOf({ clock }: Coordinator['context'], { name, attempt }: JobRun) {
  return { job: name, attempt, at: timestamp(clock) };
}

function logFile({ folder }: Coordinator['context'], run: JobRun): string {
  return join(folder.job(run.id), 'trace.log');
}

/** A job that ran out of memory starts once more, whatever retries it has: the machine may have had too many jobs. */
function isRetriedForMemory({ attempt, status }: JobRun, { state, usage }: JobUpdate): boolean {
  const isKilled = usage?.some(({ outOfMemory }) => outOfMemory === true) ?? false;
  return state === 'failed' && isKilled && attempt === 1 && status === 'running';
}

/** Stores how the job ended. A lock among its artifacts is recorded first; an invalid one fails the job. */
async function finishJob({ context, driver, promoter }: Coordinator, run: JobRun, update: JobUpdate): Promise<void> {
  const event = { type: 'job-finished', ...attemptOf(context, run) } as const;
  if (isRetriedForMemory(run, update)) {
    context.log.warn({ job: run.id, name: run.name }, 'job ran out of memory; it starts again when more is free');
    return driver.dispatch(run.pipeline, { ...event, type: 'job-requeued' });
  }
  if (update.state !== 'success')
    return driver.dispatch(run.pipeline, {
      ...event,
      outcome: run.status === 'canceling' ? 'canceled' : 'failed',
      failureReason: update.failure_reason ?? 'unknown_failure',
      exitCode: update.exit_code ?? undefined,
    });
  try {
    const record = context.pipelines.record(run.pipeline) as PipelineRecord;
    if (await recordLock(context, record, run)) promoter.begin(record);
    driver.dispatch(run.pipeline, { ...event, outcome: 'success' });
  } catch (error) {
    // An invalid lock is the job's fault. After a failure of disk or database the runner repeats the update.
    if (!(error instanceof SlipwayError)) throw error;
    context.log.warn({ job: run.id, error: error.message }, 'lock refused');
    await rejectInLog(logFile(context, run), error);
    driver.dispatch(run.pipeline, { ...event, outcome: 'failed', failureReason: 'data_integrity_failure' });
  }
}

async function appendTrace(
  { context, driver }: Coordinator,
  run: JobRun,
  { offset, bytes }: { offset: number; bytes: Uint8Array },
): Promise<TraceAppend> {
  const path = logFile(context, run);
  await mkdir(dirname(path), { recursive: true });
  const size = await logSize(path);
  if (offset > size) return { outcome: 'misplaced', size };
  const end = offset + bytes.length;
  if (end > context.configuration.limits.logBytes) {
    driver.dispatch(run.pipeline, {
      type: 'job-finished',
      ...attemptOf(context, run),
      outcome: 'failed',
      failureReason: 'trace_size_exceeded',
    });
    return { outcome: 'too-large', size };
  }
  const file = await open(path, size === 0 ? 'w' : 'r+', 0o600);
  try {
    await file.write(bytes, 0, bytes.length, offset);
    await file.truncate(end);
  } finally {
    await file.close();
  }
  return { outcome: 'accepted', size: end };
}

/** Whether a token opens a job's archive: that of a running job which gets it, or the running job's own. */
function mayOpen({ context }: Coordinator, id: string, token: string): boolean {
  const { pipelines } = context;
  const owner = pipelines.run(id);
  const reader = runningJob(context, token);
  if (owner === undefined || reader === undefined) return false;
  if (reader.id === owner.id || getsArtifactsOf(pipelines, reader, owner)) return true;
  return mayReadShared(context, reader, owner);
}
