import * as z from 'zod';
import { RunnerInfo } from './runner-info.ts';

/** Body of `POST /api/v4/runners`. `tag_list` is a comma-separated text, or an array as GitLab also takes it. */
export const RunnerRegistration = z.object({
  token: z.string().optional(),
  description: z.string().nullish(),
  maintenance_note: z.string().nullish(),
  tag_list: z.union([z.string(), z.array(z.string())]).nullish(),
  run_untagged: z.boolean().nullish(),
  locked: z.boolean().nullish(),
  access_level: z.enum(['not_protected', 'ref_protected']).nullish(),
  /** Seconds. */
  maximum_timeout: z.number().int().nullish(),
  paused: z.boolean().nullish(),
  info: RunnerInfo.nullish(),
});
export type RunnerRegistration = z.infer<typeof RunnerRegistration>;

/** Body of `POST /api/v4/runners/verify`. */
export const RunnerVerification = z.object({
  token: z.string().optional(),
  system_id: z.string().nullish(),
  info: RunnerInfo.nullish(),
});
export type RunnerVerification = z.infer<typeof RunnerVerification>;
