import type { PipelineRecord } from '../../pipeline/index.ts';
import type { Stack } from '../context.ts';
import type { Coordinator } from '../coordinator.ts';
import { coordinatorError } from '../errors.ts';

interface ExternalEnd {
  /** The pipeline's token, as an exchange gave it. */
  readonly token: string;
  readonly status: 'success' | 'failed';
}

/**
 * Ends the record of a pipeline elsewhere. After a success, images are published by the stack's rules. Safe to repeat
 * with the same status.
 */
export function finishExternal(
  { context, driver }: Coordinator,
  { configuration: { name: stack } }: Pick<Stack, 'configuration'>,
  { token, status }: ExternalEnd,
): PipelineRecord {
  const { pipelines, tokens, clock } = context;
  const key = tokens.readIdentityKey(tokens.keyOfPipelineToken(token) ?? '');
  const run = key === undefined ? undefined : pipelines.run(key.job);
  const record = run === undefined ? undefined : pipelines.record(run.pipeline);
  if (key === undefined || run === undefined || record?.stack !== stack || clock.now() > key.expiresAt)
    throw coordinatorError('EXTERNAL_TOKEN_WRONG', { stack });
  if (run.status === status) return record;
  if (run.status !== 'running')
    throw coordinatorError('EXTERNAL_PIPELINE_ENDED', { pipeline: record.id, status: run.status });
  const { name: job, attempt } = run;
  const reason = status === 'failed' ? { failureReason: 'script_failure' } : {};
  driver.dispatch(record.id, { type: 'job-finished', job, attempt, outcome: status, ...reason, at: driver.now });
  return pipelines.record(record.id) as PipelineRecord;
}
