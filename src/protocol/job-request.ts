import * as z from 'zod';
import { RunnerInfo } from './runner-info.ts';

/** Body of `POST /api/v4/jobs/request`. The token may come in the `RUNNER-TOKEN` header instead. */
export const JobRequest = z.object({
  token: z.string().optional(),
  /** Tells several managers that share a token apart; absent in very old runners. */
  system_id: z.string().nullish(),
  /** The last `X-GitLab-Last-Update` that the runner was given. */
  last_update: z.string().nullish(),
  info: RunnerInfo.nullish(),
});
export type JobRequest = z.infer<typeof JobRequest>;
