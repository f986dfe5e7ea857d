import * as z from 'zod';

/** States of jobs and pipelines as GitLab names them. */
export const RunStatus = z.enum([
  'created',
  'waiting_for_resource',
  'preparing',
  'pending',
  'running',
  'canceling',
  'success',
  'failed',
  'canceled',
  'skipped',
  'manual',
  'scheduled',
]);
export type RunStatus = z.infer<typeof RunStatus>;
