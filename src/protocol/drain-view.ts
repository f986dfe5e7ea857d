import * as z from 'zod';
import { Time } from './formats.ts';

export const DrainView = z
  .object({
    since: Time.describe('Since when the server has assigned no more jobs.'),
    jobs: z.number().int().describe('Jobs that still run, of all stacks. The server stops when they have ended.'),
  })
  .meta({ id: 'DrainView', description: 'A server that assigns no more jobs, and is about to stop.' });
export type DrainView = z.infer<typeof DrainView>;
