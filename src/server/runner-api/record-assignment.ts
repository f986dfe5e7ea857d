import type { CoordinatorContext, RunnerTraits } from '../../coordinator/index.ts';
import type { AssignedJob } from '../../pipeline/index.ts';

/** Records that a runner got secrets of a stack, or identity tokens, with a job: their names, never their values. */
export function recordAssignment(
  { audit, stacks }: Pick<CoordinatorContext, 'audit' | 'stacks'>,
  runner: RunnerTraits,
  { run, record, variables, tokens }: AssignedJob,
): void {
  const declared = new Set(stacks.get(record.stack)?.secrets.map(({ name }) => name));
  const secrets = variables.flatMap(({ key, public: isPublic }) => (declared.has(key) && !isPublic ? [key] : []));
  if (secrets.length + tokens.length === 0) return;
  const given = {
    ...(secrets.length > 0 && { secrets: secrets.join(' ') }),
    ...(tokens.length > 0 && { tokens: tokens.join(' ') }),
  };
  audit.record({
    who: `runner:${runner.name}`,
    action: 'job.assign',
    stack: record.stack,
    on: `job ${run.id}`,
    outcome: 'done',
    details: { name: run.name, pipeline: run.pipeline, trust: record.trust, ...given },
  });
}
