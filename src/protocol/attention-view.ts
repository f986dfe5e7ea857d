import * as z from 'zod';
import { Time } from './formats.ts';

export const AttentionItem = z
  .object({
    kind: z
      .enum(['stack', 'request', 'branch', 'image', 'job', 'runner', 'destination'])
      .describe(
        '`stack`: one in which nothing runs; `request`: held, and the sender may approve it; `branch`: a protected one ' +
          'whose newest pipeline failed; `image`: it was not published; `job`: no runner can take it; `runner`: none ' +
          'takes jobs, or the server assigns none since it is about to end; `destination` of notifications that has failed for a long time.',
      ),
    stack: z.string().optional().describe('Absent where it concerns the whole server.'),
    title: z.string().describe('A sentence without a full stop.'),
    detail: z.string().optional().describe('The reason, and what to do.'),
    page: z.string().optional().describe('Page of the dashboard, without a slash at the beginning.'),
    at: Time.optional().describe('Since when.'),
  })
  .meta({ id: 'AttentionItem', description: 'Something that waits for a person.' });
export type AttentionItem = z.infer<typeof AttentionItem>;

export const AttentionList = z
  .object({ items: z.array(AttentionItem).describe('What keeps most from running first.') })
  .meta({ id: 'AttentionList', description: 'What waits for a person.' });
export type AttentionList = z.infer<typeof AttentionList>;
