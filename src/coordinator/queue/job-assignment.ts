import { type AssignedJob, type JobRun, type PipelineRecord } from '../../pipeline/index.ts';
import { memoized, messageOf } from '../../kit/index.ts';
import type { Coordinator } from '../coordinator.ts';
import { failRun, isDataFault } from '../jobs/damaged-runs.ts';
import { compareReady, type ReadyJob } from './ready-lane.ts';
import type { RunnerTraits } from '../fleet/runner-traits.ts';

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
  const lanes = ready.lanesFor(runner);
  const { mayRun, isFree } = allowance(coordinator, runner);
  const names = [...lanes.keys()].filter((name) => context.stacks.has(name));
  const sharers = names.map((name) => ({ name, weight: context.stacks.get(name)?.configuration.weight ?? 1 }));
  for (const sharer of turns.order(sharers)) {
    const [first] = (lanes.get(sharer.name) ?? [])
      .flatMap((lane) => lane.first(mayRun, isFree) ?? [])
      .toSorted(compareReady);
    if (first === undefined) continue;
    turns.took(sharer);
    return first.run;
  }
  return undefined;
}

/**
 * Decides what may run during one look at the jobs that wait. A job waits while another one builds the same package for
 * the same root of the mirror, or while the package may be promoted: handed out afterwards, it finds it there. A job
 * waits, too, while the runner's machine has no room for it beside those that run.
 */
function allowance({ context, live, promoter, admission }: Coordinator, runner: RunnerTraits) {
  const { quotas } = context;
  const fits = admission.look(runner);
  const obstacleNow = quotas.jobObstacles();
  return {
    // All jobs of a pipeline have the same.
    mayRun: memoized((record: PipelineRecord): boolean => {
      const obstacle = obstacleNow(record);
      if (obstacle !== undefined)
        quotas.recordWait({ stack: record.stack, on: `jobs of pipeline ${record.id}` }, obstacle);
      return obstacle === undefined;
    }),
    isFree: ({ run, build }: ReadyJob): boolean =>
      (build === undefined || (live.builderOf(build) === undefined && !promoter.holds(run.pipeline, build))) &&
      fits(run),
  };
}
