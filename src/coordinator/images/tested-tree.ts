import * as z from 'zod';
import type { PipelineRecord } from '../../pipeline/index.ts';

/** How far a pipeline's code is trusted: outsiders', the team's unmerged, or a protected ref's. */
export const Trust = z.enum(['untrusted', 'pull-request', 'protected']);
export type Trust = z.infer<typeof Trust>;

/** What a pipeline tested. An image is made only from one that a protected pipeline finished. */
export const TestedTree = z.object({
  stack: z.string(),
  /** SHA that the status belongs to. */
  head: z.string(),
  /** SHA of the base's tip that the head was merged into; the same as `head` for a branch or a tag. */
  base: z.string(),
  /** SHA of the git tree that was tested. */
  tree: z.string(),
  /** SHA-256 of the lock's bytes, hexadecimal; known once the generate job has left the lock. */
  lockDigest: z.string().optional(),
  spackCommit: z.string().optional(),
  builder: z.enum(['recipes', 'spack']).optional(),
  trust: Trust,
  /** Decimal id. */
  pipeline: z.string(),
});
export type TestedTree = z.infer<typeof TestedTree>;

/** What a topmost pipeline tested, as far as it is known by now. */
export function testedTreeOf(record: PipelineRecord): TestedTree {
  const { stack, head, base, tree, lockDigest, trust, id } = record;
  return { stack, head, base, tree, lockDigest, trust, pipeline: id };
}
