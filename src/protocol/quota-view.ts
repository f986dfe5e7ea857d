import * as z from 'zod';
import { Time } from './formats.ts';

export const QuotaView = z
  .object({
    kind: z.enum(['stack', 'author', 'request']).describe('What it is about.'),
    name: z.string().describe('Account, or number of the pull request; of a stack its own name.'),
    limit: z.enum(['jobs', 'cpuHours', 'pipelines', 'bytes']).describe('What is limited.'),
    used: z.number().describe('How much was used.'),
    most: z.number().describe('0 for no limit.'),
  })
  .meta({ id: 'QuotaView', description: 'What a stack, author or pull request has used of a limit.' });
export type QuotaView = z.infer<typeof QuotaView>;

export const BlockView = z
  .object({
    kind: z.enum(['stack', 'author', 'request']).describe('What it is about.'),
    name: z.string().describe('Account, number of the pull request, or name of the stack.'),
    reason: z.string().describe('Why, in the words of who blocked it.'),
    by: z.string().describe('Who blocked it.'),
    since: Time.optional().describe('Absent for what the configuration blocks.'),
  })
  .meta({ id: 'BlockView', description: 'A person stopped a stack, an author or a pull request.' });
export type BlockView = z.infer<typeof BlockView>;

export const QuotaList = z
  .object({
    quotas: z.array(QuotaView).describe('Limits with what was used of them.'),
    blocks: z.array(BlockView).describe('What is blocked.'),
  })
  .meta({
    id: 'QuotaList',
    description: 'The quotas of a stack: of itself, and of each author and pull request that used something lately.',
  });
export type QuotaList = z.infer<typeof QuotaList>;
