import * as z from 'zod';

/** What a runner tells about itself. Old runners leave most of it out. */
export const RunnerInfo = z.object({
  name: z.string().nullish(),
  version: z.string().nullish(),
  revision: z.string().nullish(),
  platform: z.string().nullish(),
  architecture: z.string().nullish(),
  executor: z.string().nullish(),
  shell: z.string().nullish(),
  features: z.record(z.string(), z.boolean().nullable()).nullish(),
});
export type RunnerInfo = z.infer<typeof RunnerInfo>;
