import * as z from 'zod';
import { RunnerInfo } from './job-request.ts';
import { RunnerRequest } from './runner-request.ts';

// Clients send JSON or a form, in which all values are text.
const Flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]).nullish();
const Count = z.union([z.number().int(), z.string().regex(/^\d+$/).transform(Number)]).nullish();
const Tags = z.union([z.array(z.string()), z.string().transform((text) => text.split(','))]).nullish();

/** Body of `POST /api/v4/runners` and `POST /api/v4/user/runners`: https://docs.gitlab.com/api/runners/ */
export const RunnerRegistration = z.object({
  /** The registration token; only of the first. */
  token: z.string().optional(),
  /** Only of the second. */
  runner_type: z.enum(['instance_type', 'group_type', 'project_type']).optional(),
  project_id: Count,
  description: z.string().nullish(),
  maintenance_note: z.string().nullish(),
  tag_list: Tags,
  run_untagged: Flag,
  access_level: z.enum(['not_protected', 'ref_protected']).nullish(),
  maximum_timeout: Count,
  paused: Flag,
  /** The opposite of `paused`, of older clients. */
  active: Flag,
  info: RunnerInfo.nullish(),
});
export type RunnerRegistration = z.infer<typeof RunnerRegistration>;

/** Returns the runner that a registration describes. Throws a ZodError. */
export function registeredRunner(registration: RunnerRegistration): RunnerRequest {
  const { description, tag_list: tags, run_untagged: runUntagged, paused, active, info } = registration;
  const platform = [info?.platform, info?.executor].filter(Boolean).join(' ');
  return RunnerRequest.parse({
    name: description?.trim() || platform || 'runner',
    tags: [...new Set((tags ?? []).map((tag) => tag.trim()).filter((tag) => tag !== ''))],
    runUntagged: runUntagged ?? true,
    protectedOnly: registration.access_level === 'ref_protected',
    maximumTimeout: registration.maximum_timeout ?? undefined,
    paused: paused ?? active === false,
    note: registration.maintenance_note ?? undefined,
  });
}
