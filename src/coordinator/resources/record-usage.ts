import { jobPlan, type JobRun } from '../../pipeline/index.ts';
import type { JobUpdate } from '../../protocol/index.ts';
import { currentTime, type CoordinatorContext } from '../context.ts';
import { isOwnPhase, madeBy, OUT_OF_MEMORY } from './package-history.ts';

type UsageRecords = Pick<CoordinatorContext, 'pipelines' | 'clock' | 'packages'>;

/**
 * Adds what a run used to the history of its package: of one that failed, only that memory ran out. Outsiders decide
 * over their own jobs: none counts.
 */
export function recordUsage(context: UsageRecords, run: JobRun, { state, usage }: JobUpdate): void {
  const { pipelines, packages } = context;
  const job = jobPlan(pipelines.state(run.pipeline).plan, run.name);
  if (job === undefined || pipelines.record(run.pipeline)?.trust === 'untrusted') return;
  const at = currentTime(context);
  for (const { outOfMemory = false, ...measured } of usage ?? []) {
    const phase = outOfMemory ? OUT_OF_MEMORY : measured.phase;
    const isKnown = (state === 'success' || outOfMemory) && !isOwnPhase(measured.phase);
    if (isKnown) packages.record({ ...madeBy(job), ...measured, phase, at });
  }
}
