import type { CoordinatorContext, PipelineRecords, Stack } from '../context.ts';
import type { RequestRecord } from '../ports.ts';
import { holdReason, pipelineOfHead } from './forks.ts';

/** Returns why the head of a request waits for a person, as the status says it; undefined once it has a pipeline. */
export async function heldReason(
  context: PipelineRecords & Pick<CoordinatorContext, 'takesUntrusted'>,
  stack: Stack,
  request: RequestRecord,
): Promise<string | undefined> {
  if (request.state !== 'open' || pipelineOfHead(context, request) !== undefined) return undefined;
  const hold = await holdReason(context, stack, request);
  return hold?.detail ?? hold?.description;
}
