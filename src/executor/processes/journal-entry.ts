import * as z from 'zod';
import type { ProcessIdentity } from '../../kit/index.ts';

/** What must be known about a running job to clean up after a runner that was killed. */
export const JournalEntry = z.object({
  jobId: z.string().regex(/^\d+$/),
  /** Leader of the session that the job's processes are in; absent between two steps. */
  leader: z.object({ pid: z.number().int().positive(), startTime: z.string() }).optional(),
  /** In the environment of every process of the job, so that those who left the session are found too. */
  marker: z.string().regex(/^[0-9a-f]{32}$/),
  /** The job's own folder, removed with it. */
  workspace: z.string(),
});
export type JournalEntry = z.infer<typeof JournalEntry> & { readonly leader?: ProcessIdentity };
