import * as z from 'zod';

/** A destination of notifications. */
export const DestinationView = z.object({
  name: z.string(),
  /** Whose failures it gets; those of all stacks if absent. */
  stack: z.string().optional(),
  /** Events that were not delivered yet. */
  waiting: z.number().int(),
  /** Why the last attempt failed; absent if it did not. */
  problem: z.string().optional(),
  failingSince: z.string().optional(),
  retryAt: z.string().optional(),
  /** It has failed for an hour or longer. */
  failsForLong: z.boolean(),
});
export type DestinationView = z.infer<typeof DestinationView>;

export const DestinationList = z.object({ destinations: z.array(DestinationView) });
export type DestinationList = z.infer<typeof DestinationList>;
