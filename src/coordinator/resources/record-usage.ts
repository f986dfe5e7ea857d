import { jobPlan, type JobRun } from '../../pipeline/index.ts';
import type { PhaseUsage } from '../../protocol/index.ts';
import { currentTime, type CoordinatorContext } from '../context.ts';
import { madeBy } from './package-history.ts';

type UsageRecords = Pick<CoordinatorContext, 'pipelines' | 'clock' | 'packages'>;

/**
 * Adds what a successful run used to the history of its package. Outsiders decide over their own jobs: none counts. The
 * phase `job` is the server's own.
 */
export function recordUsage(context: UsageRecords, run: JobRun, usage: readonly PhaseUsage[]): void {
  const { pipelines, packages } = context;
  const job = jobPlan(pipelines.state(run.pipeline).plan, run.name);
  if (job === undefined || pipelines.record(run.pipeline)?.trust === 'untrusted') return;
  const at = currentTime(context);
  for (const phase of usage.filter(({ phase: name }) => name !== 'job'))
    packages.record({ ...madeBy(job), ...phase, at });
}
