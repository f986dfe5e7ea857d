import type { CoordinatorContext, PipelineRecords, Stack } from '../context.ts';
import { hasCode, messageOf } from '../../kit/index.ts';
import type { RequestRecord } from '../ports.ts';
import { holdReason, pipelineOfHead, type Hold } from './forks.ts';

/** Returns why the head of a request waits for a person, as the status says it; undefined once it has a pipeline. */
export async function heldReason(
  context: PipelineRecords & Pick<CoordinatorContext, 'takesUntrusted' | 'ledger'>,
  stack: Stack,
  request: RequestRecord,
): Promise<string | undefined> {
  if (request.state !== 'open' || pipelineOfHead(context, request) !== undefined) return undefined;
  const hold = await holdReason(context, stack, request).catch((error: unknown): Hold => {
    if (hasCode(error, 'PERMISSION_UNKNOWN')) return { description: `Waits: ${messageOf(error)}` };
    throw error;
  });
  return hold?.detail ?? hold?.description;
}
