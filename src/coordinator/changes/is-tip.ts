import type { PipelineRecord } from '../../pipeline/index.ts';
import type { ForgeRecords } from '../context.ts';

/** Returns whether the pipeline's commit is still the tip of its branch. An older one moves no tag of an image. */
export function isTip(
  { ledger }: ForgeRecords,
  { stack, ref, sha }: Pick<PipelineRecord, 'stack' | 'ref' | 'sha'>,
): boolean {
  return ledger.knownRefs(stack).get(`refs/heads/${ref}`) === sha;
}
