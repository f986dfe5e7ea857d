import * as z from 'zod';
import { PipelineView } from './pipeline-view.ts';
import { RequestPlan } from './request-plan.ts';
import { RequestView } from './stack-view.ts';

/** A command that a person gave at the forge, and its answer. */
export const CommandView = z.object({
  id: z.string(),
  /** Account at the forge, or the name by which the server knows the person. */
  actor: z.string(),
  /** As it was written. */
  text: z.string(),
  /** Head of the request when it was read. */
  sha: z.string(),
  at: z.string(),
  state: z.enum(['pending', 'done', 'refused']),
  answer: z.string().optional(),
});
export type CommandView = z.infer<typeof CommandView>;

/** A pull request with what would run for it, and what ran. */
export const RequestDetail = RequestView.extend({
  baseSha: z.string(),
  /** The page of the head at the forge. */
  headUrl: z.string().optional(),
  draft: z.boolean().optional(),
  labels: z.array(z.string()).optional(),
  /** How far its jobs are trusted. */
  trust: PipelineView.shape.trust,
  /** What its author is to the repository; absent where the forge does not report that. */
  tier: z.string().optional(),
  /** The last approval; it counts for the head with this SHA alone. */
  approval: z.object({ sha: z.string(), by: z.string(), at: z.string() }).optional(),
  /** Of an open request. */
  plan: RequestPlan.optional(),
  /** Its newest pipelines, the newest first. */
  pipelines: z.array(PipelineView),
  /** Its newest commands, the newest first. */
  commands: z.array(CommandView),
});
export type RequestDetail = z.infer<typeof RequestDetail>;
