import * as z from 'zod';
import { FailureReport } from './failure-report.ts';

/** A status of a commit. */
export const StatusView = z.object({
  stack: z.string(),
  sha: z.string(),
  context: z.string(),
  state: z.enum(['pending', 'success', 'failure', 'error']),
  /** Finer than the state: it waits for a person, was left out, or was canceled. */
  outcome: z.enum(['held', 'skipped', 'canceled']).optional(),
  description: z.string(),
  /** The whole of it, where it does not fit into a status. */
  detail: z.string().optional(),
  url: z.string().optional(),
  /** Why no pipeline could be created for the commit; absent where that is not the case. */
  failure: FailureReport.optional(),
  at: z.string(),
  /** Why the forge does not have it, if it does not. */
  problem: z.string().optional(),
});
export type StatusView = z.infer<typeof StatusView>;
