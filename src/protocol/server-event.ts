import * as z from 'zod';
import { ImageView } from './image-view.ts';
import { JobView } from './job-view.ts';
import { PipelineView } from './pipeline-view.ts';
import { RequestView } from './stack-view.ts';
import { StatusView } from './status-view.ts';

/**
 * What the server tells those who watch. Each event carries what its subject is now, not what it was when it changed:
 * somebody who was away gets the newest state of all that changed meanwhile, once. The id of the event stream grows
 * over restarts. A `log` event has no id and only says how many bytes there are; the bytes are read from the log.
 */
export const ServerEvent = z.discriminatedUnion('type', [
  /** Always the first; what was fetched after it, and the events that follow, miss nothing. */
  z.object({ type: z.literal('hello'), version: z.string() }),
  /** The last id that the client knew is not of this server's time: forget everything, and fetch it again. */
  z.object({ type: z.literal('reset') }),
  z.object({ type: z.literal('pipeline'), pipeline: PipelineView }),
  z.object({ type: z.literal('job'), stack: z.string(), job: JobView }),
  z.object({ type: z.literal('log'), job: z.string(), size: z.number().int() }),
  z.object({ type: z.literal('status'), status: StatusView }),
  z.object({ type: z.literal('image'), image: ImageView }),
  z.object({ type: z.literal('request'), request: RequestView }),
]);
export type ServerEvent = z.infer<typeof ServerEvent>;
