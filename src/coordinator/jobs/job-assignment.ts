import {
  firstJob,
  type AssignedJob,
  type Candidate,
  type Duration,
  type JobRun,
  type PipelineRecord,
} from '../../pipeline/index.ts';
import type { JobPlan, PipelinePlan } from '../../gitlab/index.ts';
import { memoized, messageOf } from '../../kit/index.ts';
import type { PipelineRecords } from '../context.ts';
import type { Coordinator } from '../coordinator.ts';
import { isExternal } from '../identities/is-external.ts';
import { failRun, isDataFault, jobOfRun } from './damaged-runs.ts';
import { buildOf } from './mirror-access.ts';
import { mayTake, type RunnerTraits } from './runner-registry.ts';

/**
 * Gives the runner a job: of the stack whose turn it is the one that most of the work still waits for; `undefined` if
 * none is ready for it.
 */
export async function assignJob(coordinator: Coordinator, runner: RunnerTraits): Promise<AssignedJob | undefined> {
  for (let run = chooseRun(coordinator, runner); run !== undefined; run = chooseRun(coordinator, runner)) {
    const assigned = await assign(coordinator, run, runner);
    if (assigned !== undefined) return assigned;
  }
  return undefined;
}

/** Returns undefined if the job cannot run, for a missing artifact or damaged data: then it has failed. */
async function assign(coordinator: Coordinator, run: JobRun, runner: RunnerTraits): Promise<AssignedJob | undefined> {
  const { pipeline, name: job, attempt } = run;
  coordinator.context.quotas.started(run.id);
  try {
    return await coordinator.driver.assign({ pipeline, job, attempt }, runner.name);
  } catch (error) {
    // If the store does not take the assignment, the job may be sound.
    const isAssigned = coordinator.context.pipelines.state(pipeline).jobs[job]?.status === 'running';
    if (!isAssigned || !isDataFault(error)) throw error;
    failRun(coordinator, run, messageOf(error));
    return undefined;
  }
}

/** A job that waits for a runner. */
interface Waiting extends Candidate {
  readonly run: JobRun;
  readonly record: PipelineRecord;
  readonly jobPlan: JobPlan;
  /** What it builds, and for which root of the mirror. */
  readonly build: string | undefined;
}

/** What never changes of jobs that wait, since each request for a job looks at all of them. */
const described = new WeakMap<JobRun, Waiting>();

function chooseRun(coordinator: Coordinator, runner: RunnerTraits): JobRun | undefined {
  const { context, turns } = coordinator;
  const byStack = waitingJobs(coordinator, runner);
  const [next] = turns.order(
    [...byStack.keys()].map((name) => ({ name, weight: context.stacks.get(name)?.configuration.weight ?? 1 })),
  );
  if (next === undefined) return undefined;
  turns.took(next);
  return firstJob(byStack.get(next.name) ?? [], expectedSeconds(context))?.run;
}

/**
 * What the runner may take, by stack. A job waits while another one builds the same package for the same root of the
 * mirror: handed out afterwards, it finds the package there. A stored job that does not match its pipeline fails, and
 * blocks no other.
 */
function waitingJobs(coordinator: Coordinator, runner: RunnerTraits): ReadonlyMap<string, readonly Waiting[]> {
  const { context } = coordinator;
  const found = new Map<string, Waiting[]>();
  const underWay = buildsUnderWay(context);
  const obstacleNow = context.quotas.jobObstacles();
  // All jobs of a pipeline have the same.
  const obstacleOf = memoized((pipeline: string) => obstacleNow(context.pipelines.record(pipeline) as PipelineRecord));
  for (const run of context.pipelines.readyRuns()) {
    try {
      const waiting = described.get(run) ?? describeWaiting(context, run);
      const { record, jobPlan, build } = waiting;
      if (isExternal(record) || !context.stacks.has(record.stack) || !mayTake(runner, record, jobPlan)) continue;
      if (build !== undefined && underWay.has(build)) continue;
      const obstacle = obstacleOf(record.id);
      if (obstacle !== undefined) {
        context.quotas.recordWait({ stack: record.stack, on: `jobs of pipeline ${record.id}` }, obstacle);
        continue;
      }
      const ofStack = found.get(record.stack) ?? [];
      found.set(record.stack, ofStack);
      ofStack.push(waiting);
    } catch (error) {
      failRun(coordinator, run, messageOf(error));
    }
  }
  return found;
}

/** Throws if the run does not match its pipeline. */
function describeWaiting(context: PipelineRecords, run: JobRun): Waiting {
  const { record, plan } = pipelineOf(context, run);
  const jobPlan = jobOfRun(plan, run);
  const build = buildOf(record, jobPlan);
  const waiting = { run, record, jobPlan, build, plan, job: run.name, queuedAt: run.queuedAt ?? '' };
  described.set(run, waiting);
  return waiting;
}

/** What the jobs build that runners have now. */
function buildsUnderWay(context: PipelineRecords): ReadonlySet<string> {
  const running = context.pipelines.runsInStatus(['running', 'canceling']).map((run) => {
    const { record, plan } = pipelineOf(context, run);
    const job = plan.jobs[run.job ?? -1];
    return job === undefined ? undefined : buildOf(record, job);
  });
  return new Set(running.filter((build) => build !== undefined));
}

interface Pipeline {
  readonly record: PipelineRecord;
  readonly plan: PipelinePlan;
}

function pipelineOf({ pipelines }: PipelineRecords, { pipeline }: JobRun): Pipeline {
  return { record: pipelines.record(pipeline) as PipelineRecord, plan: pipelines.state(pipeline).plan };
}

const expectations = new WeakMap<ReadonlyMap<string, number>, Duration>();

/**
 * How long a job took in the past, by the package that it makes and else by its name.
 * The same function as long as the history is the same, since the scheduler keeps what it computed from it.
 */
function expectedSeconds(context: PipelineRecords): Duration {
  const history = context.pipelines.durations();
  const found = expectations.get(history);
  if (found !== undefined) return found;
  const made: Duration = (job) => history.get(job.variables.SPACK_JOB_SPEC_PKG_NAME?.value ?? job.name);
  expectations.set(history, made);
  return made;
}
