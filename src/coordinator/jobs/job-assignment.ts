import { type AssignedJob, type Duration, type JobRun, type PipelineRecord } from '../../pipeline/index.ts';
import type { PipelinePlan } from '../../gitlab/index.ts';
import { memoized, messageOf } from '../../kit/index.ts';
import type { PipelineRecords } from '../context.ts';
import type { Coordinator } from '../coordinator.ts';
import { isExternal } from '../identities/is-external.ts';
import { failRun, isDataFault } from './damaged-runs.ts';
import { buildOf } from './mirror-access.ts';
import type { ReadyJob } from './ready-queue.ts';
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

function chooseRun(coordinator: Coordinator, runner: RunnerTraits): JobRun | undefined {
  const { context, turns, ready } = coordinator;
  const byStack = readyJobs(coordinator, runner);
  const [next] = turns.order(
    [...byStack.keys()].map((name) => ({ name, weight: context.stacks.get(name)?.configuration.weight ?? 1 })),
  );
  if (next === undefined) return undefined;
  turns.took(next);
  return byStack.get(next.name)?.toSorted((one, other) => ready.compare(one, other))[0]?.run;
}

/**
 * Returns by stack what the runner may take: the first job of each group. A job waits while another one builds the same
 * package for the same root of the mirror, or while the package may be promoted: handed out afterwards, it finds it
 * there. A stored job that does not match its pipeline fails, and blocks no other.
 */
function readyJobs(coordinator: Coordinator, runner: RunnerTraits): ReadonlyMap<string, readonly ReadyJob[]> {
  const { context, ready, promoter } = coordinator;
  const { pipelines, quotas, stacks } = context;
  const underWay = buildsUnderWay(context);
  const isFree = ({ run, build }: ReadyJob) =>
    build === undefined || (!underWay.has(build) && !promoter.holds(run.pipeline, build));
  const obstacleNow = quotas.jobObstacles();
  // All jobs of a pipeline have the same.
  const obstacleOf = memoized((pipeline: string) => obstacleNow(pipelines.record(pipeline) as PipelineRecord));
  const found = new Map<string, ReadyJob[]>();
  const groups = ready.groups(expectedSeconds(context), (run, error) => failRun(coordinator, run, messageOf(error)));
  for (const { record, job, jobs } of groups) {
    if (isExternal(record) || !stacks.has(record.stack) || !mayTake(runner, record, job)) continue;
    const first = jobs.first(isFree);
    if (first === undefined) continue;
    const obstacle = obstacleOf(record.id);
    if (obstacle !== undefined) {
      quotas.recordWait({ stack: record.stack, on: `jobs of pipeline ${record.id}` }, obstacle);
      continue;
    }
    found.set(record.stack, [...(found.get(record.stack) ?? []), first]);
  }
  return found;
}

/** What the jobs build that runners have now, and the job that does. */
export function buildsUnderWay(context: PipelineRecords): ReadonlyMap<string, JobRun> {
  const running = context.pipelines.runsInStatus(['running', 'canceling']).flatMap((run) => {
    const { record, plan } = pipelineOf(context, run);
    const job = plan.jobs[run.job ?? -1];
    const build = job && buildOf(record, job);
    return build === undefined ? [] : [[build, run] as const];
  });
  return new Map(running);
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
export function expectedSeconds(context: PipelineRecords): Duration {
  const history = context.pipelines.durations();
  const found = expectations.get(history);
  if (found !== undefined) return found;
  const made: Duration = (job) => history.get(job.variables.SPACK_JOB_SPEC_PKG_NAME?.value ?? job.name);
  expectations.set(history, made);
  return made;
}
