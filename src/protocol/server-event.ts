import { z } from 'zod';
import { JobView } from './job-view.ts';
import { PipelineView } from './pipeline-view.ts';
import { StatusView } from './status-view.ts';

const stamp = { id: z.string(), at: z.string() };

/**
 * What the server tells those who watch, in order. `id` grows, so that a client that lost the connection can ask
 * for what it missed. A `log` event only says how many bytes there are now; the bytes are read from the log.
 */
export const ServerEvent = z.discriminatedUnion('type', [
  z.object({ ...stamp, type: z.literal('pipeline'), pipeline: PipelineView }),
  z.object({ ...stamp, type: z.literal('job'), job: JobView }),
  z.object({ ...stamp, type: z.literal('log'), job: z.string(), size: z.number().int() }),
  z.object({ ...stamp, type: z.literal('status'), status: StatusView }),
  z.object({ ...stamp, type: z.literal('image'), stack: z.string(), reference: z.string(), digest: z.string() }),
]);
export type ServerEvent = z.infer<typeof ServerEvent>;
