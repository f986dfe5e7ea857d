import * as z from 'zod';

/** Body of a request in which GitLab's API also takes the token. */
export const TokenInBody = z.object({ token: z.string().optional() });

/** Body of `POST /api/v4/projects/:id/trigger/pipeline`: https://docs.gitlab.com/api/pipeline_triggers/ */
export const PipelineTrigger = z.object({
  ref: z.string().min(1).max(255),
  variables: z.record(z.string(), z.string()).default({}),
});
export type PipelineTrigger = z.infer<typeof PipelineTrigger>;
