import * as z from 'zod';

export const RunStatus = z
  .enum([
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
  ])
  .meta({ id: 'RunStatus', description: 'States of jobs and pipelines as GitLab names them.' });
export type RunStatus = z.infer<typeof RunStatus>;
