import * as z from 'zod';

/** What a runner reports about itself. Old runners leave most of it out. */
export const RunnerInfo = z.object({
  name: z.string().nullish(),
  version: z.string().nullish(),
  revision: z.string().nullish(),
  platform: z.string().nullish(),
  architecture: z.string().nullish(),
  executor: z.string().nullish(),
  shell: z.string().nullish(),
  features: z.record(z.string(), z.boolean().nullable()).nullish(),
  /** Of Slipway's runner: why it cannot run jobs of forks that name an image, as a sentence without a full stop. */
  image_obstacle: z.string().nullish(),
});

/** Body of `POST /api/v4/runners/verify`. The token may come in the `RUNNER-TOKEN` header instead. */
export const RunnerVerification = z.object({
  token: z.string().optional(),
  /** Distinguishes managers that share a token; absent in very old runners. */
  system_id: z.string().nullish(),
  info: RunnerInfo.nullish(),
});
export type RunnerVerification = z.infer<typeof RunnerVerification>;

/** Body of `POST /api/v4/jobs/request`. */
export const JobRequest = RunnerVerification.extend({
  /** The last `X-GitLab-Last-Update` that the runner got. */
  last_update: z.string().nullish(),
});
export type JobRequest = z.infer<typeof JobRequest>;
