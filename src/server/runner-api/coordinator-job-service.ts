import { BoundedMap, steadyNow, isSameToken } from '../../kit/index.ts';
import {
  archiveOf,
  artifactPath,
  assignJob,
  attemptOf,
  builtUsage,
  mayReadShared,
  recordUsage,
  type Coordinator,
} from '../../coordinator/index.ts';
import { getsArtifactsOf, type AssignedJob } from '../../pipeline/index.ts';
import { runningJob } from '../access/job-principal.ts';
import { appendTrace } from './append-trace.ts';
import { currentJob } from './current-job.ts';
import { finishJob } from './finish-job.ts';
import { isLive, type JobService } from './job-service.ts';
import { LogCheck } from './log-check.ts';
import { machineInfo } from './machine-info.ts';
import { QueueSignal } from './queue-signal.ts';
import { receiveArtifact } from './receive-artifact.ts';
import { recordAssignment } from './record-assignment.ts';
import { servedJob } from './served-job.ts';
import { UnconfirmedJobs } from './unconfirmed-jobs.ts';

interface JobServiceOptions {
  /** Called whenever the runner of a job run sends a request for it. */
  readonly onContact?: (run: string) => void;
  /** Called with the new size of a run's log. */
  readonly onLog?: (run: string, size: number) => void;
}

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
    greet: async ({ name }, { system_id: systemId, info }, address) =>
      runners.contacted(name, {
        ...(systemId && { systemId }),
        ...(info && { info: machineInfo(info) }),
        ...(address !== undefined && { address }),
      }),
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
      const verdict = await logs.verdict(run.id, context.folder.log(run.id), update.output);
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
    receiveArtifact: (run, upload) => receiveArtifact(context, run, upload),
    openArtifact: async (id, token) => {
      if (!mayOpen(coordinator, id, token)) return 'forbidden';
      const archive = archiveOf(context, id);
      return archive && { path: artifactPath(context, archive), size: archive.size };
    },
  };
}

/** Offers a job again, as another attempt: its runner never got it, or is gone. */
function requeue({ context, driver }: Coordinator, job: string): void {
  const run = context.pipelines.run(job);
  if (run?.status !== 'running') return;
  context.log.warn({ job, name: run.name, runner: run.runner }, 'no runner reported on the job; it is offered again');
  driver.dispatch(run.pipeline, { type: 'job-requeued', ...attemptOf(context, run) });
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
