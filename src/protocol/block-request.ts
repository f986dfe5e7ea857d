import * as z from 'zod';

const author = z.string().min(1).max(255).optional().describe('Account of the author at the forge.');
const request = z
  .string()
  .regex(/^\d{1,15}$/)
  .optional()
  .describe('Number of the pull request.');

export const BlockRequest = z
  .strictObject({ author, request, reason: z.string().min(1).max(500).describe('Why, for those who are blocked.') })
  .meta({
    id: 'BlockRequest',
    description: 'The author or pull request to block; the whole stack if neither is given.',
  });

export const UnblockRequest = z
  .strictObject({ author, request })
  .meta({ id: 'UnblockRequest', description: 'The author or pull request to unblock; the stack if neither is given.' });
export type UnblockRequest = z.infer<typeof UnblockRequest>;

export const BlockedOwner = z
  .object({
    kind: z.enum(['stack', 'author', 'request']).describe('What is blocked or unblocked.'),
    stack: z.string().describe('Name of the stack.'),
    name: z.string().describe('Account, number of the pull request, or name of the stack.'),
    canceled: z.array(z.string()).optional().describe('Ids of the pipelines that a block canceled.'),
  })
  .meta({ id: 'BlockedOwner', description: 'What a request blocked or unblocked.' });
