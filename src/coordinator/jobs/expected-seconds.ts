import type { Duration } from '../../pipeline/index.ts';
import type { PipelineRecords } from '../context.ts';

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
