import { isSameToken } from '../../kit/index.ts';
import type { Principal } from '../../access/index.ts';
import { type CoordinatorContext } from '../../coordinator/index.ts';
import type { JobRun } from '../../pipeline/index.ts';

type Jobs = Pick<CoordinatorContext, 'pipelines' | 'tokens'>;

/** Returns the running job with this token. */
export function runningJob({ pipelines, tokens }: Jobs, token: string): JobRun | undefined {
  const live = pipelines.runsInStatus(['running', 'canceling']);
  return live.find(({ id }) => isSameToken(token, tokens.jobToken(id)));
}

/** A job has no scope: its token opens what is made for that job, and what everyone may read. */
export function jobPrincipal(context: Jobs, token: string): Principal | undefined {
  const run = runningJob(context, token);
  const stack = run && context.pipelines.record(run.pipeline)?.stack;
  if (run === undefined || stack === undefined) return undefined;
  return { kind: 'job', name: `job ${run.id}`, grants: [], job: { id: run.id, stack } };
}
