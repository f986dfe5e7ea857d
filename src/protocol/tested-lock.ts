import * as z from 'zod';

/** Locks that were made before for the tree of a job's pipeline, and what the job may do with them. */
export const TestedLocks = z.object({
  /** The pipeline whose locks they are. */
  pipeline: z.string(),
  ref: z.string(),
  /** Number of its pull request. */
  pullRequest: z.string().optional(),
  /** `own`: the job can leave no other; `trusted`: one may be taken; `untrusted`: they may only be compared with. */
  standing: z.enum(['own', 'trusted', 'untrusted']),
  locks: z.array(
    z.object({
      /** In the archive of the job that left it. */
      path: z.string(),
      /** SHA-256 of the lock's text, hexadecimal. */
      digest: z.string(),
      /** Digest of what decided it. */
      inputs: z.string().optional(),
      lock: z.string(),
    }),
  ),
});
export type TestedLocks = z.infer<typeof TestedLocks>;
