import { isFinal, type JobRun } from '../../pipeline/index.ts';
import type { JobPlan, PipelinePlan } from '../../gitlab/index.ts';
import { SlipwayError, messageOf } from '../../kit/index.ts';
import { currentTime, type CoordinatorContext, type Dispatcher } from '../context.ts';

type DamagedRuns = Dispatcher<Pick<CoordinatorContext, 'pipelines' | 'clock' | 'log'>>;

const MISMATCH = 'The stored job does not match its pipeline. Its name may hold a control character.';

/** The job of a stored run; throws if the run does not match the plan of its pipeline. */
export function jobOfRun(plan: PipelinePlan, run: JobRun): JobPlan {
  const job = plan.jobs[run.job ?? -1];
  if (job?.name !== run.name) throw new Error(MISMATCH);
  return job;
}

/** Returns whether an error comes from stored data of a job, and not from a disk or service that may recover. */
export function isDataFault(error: unknown): boolean {
  return error instanceof Error && !(error instanceof SlipwayError) && !('errno' in error);
}

/** Fails the runs that do not match their pipelines, so that everything else goes on. Safe to repeat. */
export function failDamagedRuns(damaged: DamagedRuns, runs: Iterable<JobRun>): void {
  for (const run of runs) {
    try {
      jobOfRun(damaged.context.pipelines.state(run.pipeline).plan, run);
    } catch (error) {
      failRun(damaged, run, messageOf(error));
    }
  }
}

/** Fails a job for its stored data. Its pipeline is notified if it has the job; the run ends in any case. */
export function failRun(damaged: DamagedRuns, run: JobRun, message: string): void {
  const { pipelines, log } = damaged.context;
  const { id, pipeline, attempt } = run;
  log.error({ pipeline, job: id, name: run.name, reason: message }, 'damaged job failed');
  try {
    const plan = pipelines.state(pipeline).plan.jobs[run.job ?? -1];
    const at = currentTime(damaged.context);
    const ended = { job: plan?.name ?? '', attempt, at, message };
    const failureReason = 'data_integrity_failure';
    if (plan?.kind === 'trigger')
      damaged.driver.dispatch(pipeline, { type: 'child-failed', ...ended, reason: failureReason });
    else if (plan !== undefined)
      damaged.driver.dispatch(pipeline, { type: 'job-finished', ...ended, outcome: 'failed', failureReason });
  } catch (error) {
    log.error({ pipeline, job: id, error: messageOf(error) }, 'pipeline of a damaged job cannot be read');
  }
  if (!isFinal(pipelines.run(id)?.status ?? 'failed')) pipelines.closeRun(id, currentTime(damaged.context));
}
