import * as z from 'zod';

export const TestedLocks = z
  .object({
    pipeline: z.string().describe('The pipeline whose locks they are.'),
    ref: z.string().describe('Branch or tag; `pull/<number>` of a pull request.'),
    pullRequest: z.string().optional().describe('Number of its pull request.'),
    standing: z
      .enum(['own', 'trusted', 'untrusted'])
      .describe(
        '`own`: the job can leave no other; `trusted`: one may be taken; `untrusted`: they may only be ' +
          'compared with.',
      ),
    locks: z
      .array(
        z.object({
          path: z.string().describe('In the archive of the job that left it.'),
          digest: z.string().describe('SHA-256 of the lock’s text, hexadecimal.'),
          inputs: z.string().optional().describe('Digest of what decided it.'),
          lock: z.string().describe('Text of the lock.'),
        }),
      )
      .describe('Locks, one for each environment.'),
  })
  .meta({
    id: 'TestedLocks',
    description: 'Locks that were made before for the tree of a job’s pipeline, and what the job may do with them.',
  });
export type TestedLocks = z.infer<typeof TestedLocks>;
