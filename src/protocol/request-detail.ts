import * as z from 'zod';
import { PipelineView } from './pipeline-view.ts';
import { RequestPlan } from './request-plan.ts';
import { RequestView } from './stack-view.ts';

/** A pull request with what would run for it, and what ran. */
export const RequestDetail = RequestView.extend({
  baseSha: z.string(),
  draft: z.boolean().optional(),
  labels: z.array(z.string()).optional(),
  /** How far its jobs are trusted. */
  trust: PipelineView.shape.trust,
  /** Why its head waits for a person; absent for a head that has a pipeline. */
  held: z.string().optional(),
  /** Of an open request. */
  plan: RequestPlan.optional(),
  /** Its newest pipelines, the newest first. */
  pipelines: z.array(PipelineView),
});
export type RequestDetail = z.infer<typeof RequestDetail>;
