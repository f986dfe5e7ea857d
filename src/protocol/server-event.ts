import * as z from 'zod';
import { ImageView } from './image-view.ts';
import { JobView } from './job-view.ts';
import { PipelineView } from './pipeline-view.ts';
import { RequestView } from './stack-view.ts';
import { StatusView } from './status-view.ts';

export const ServerEvent = z
  .discriminatedUnion('type', [
    z
      .object({ type: z.literal('hello'), version: z.string().describe('Version of the server.') })
      .describe('Always the first. What is loaded after it, together with later events, is complete.'),
    z
      .object({ type: z.literal('reset') })
      .describe('The client’s last id is newer than the server’s data: all must be loaded again.'),
    z.object({ type: z.literal('pipeline'), pipeline: PipelineView }),
    z.object({ type: z.literal('job'), stack: z.string().describe('Name of the stack.'), job: JobView }),
    z.object({
      type: z.literal('log'),
      job: z.string().describe('Id of the job.'),
      size: z.number().int().describe('Bytes of the log.'),
    }),
    z.object({ type: z.literal('status'), status: StatusView }),
    z.object({ type: z.literal('image'), image: ImageView }),
    z.object({ type: z.literal('request'), request: RequestView }),
  ])
  .meta({
    id: 'ServerEvent',
    description:
      'A change that the server reports to its clients. Each event has the present state of its subject: a ' +
      'client that was disconnected gets the newest state of each changed subject once. Ids of events ' +
      'increase across restarts. A `log` event has no id and only the size of the log, whose bytes are ' +
      'read separately.',
  });
export type ServerEvent = z.infer<typeof ServerEvent>;
