import * as z from 'zod';
import { Time } from './formats.ts';

const Scope = z.enum(['read', 'run', 'approve', 'admin']);

export const TokenView = z
  .object({
    id: z.string().describe('Id.'),
    name: z.string().describe('Name of the token.'),
    scope: Scope.describe('What it allows; each scope includes those before it.'),
    stacks: z.array(z.string()).describe('Names of stacks; `*`: all.'),
    actor: z.string().optional().describe('Account at the forge that its pipelines count as of.'),
    createdAt: Time.describe('When it was created.'),
    createdBy: z.string().describe('Who created it.'),
    expiresAt: Time.describe('When it expires.'),
    lastUsedAt: Time.optional().describe('When it was last used.'),
    revokedAt: Time.optional().describe('When it was revoked.'),
  })
  .meta({
    id: 'TokenView',
    description: 'An access token, without the token itself. Revoked and expired ones stay listed.',
  });
export type TokenView = z.infer<typeof TokenView>;

export const TokenList = z
  .object({ tokens: z.array(TokenView).describe('Access tokens.') })
  .meta({ id: 'TokenList', description: 'All access tokens, the oldest first.' });
export type TokenList = z.infer<typeof TokenList>;

export const TokenRequest = z
  .strictObject({
    name: z.string().min(1).max(255).describe('Name of the token.'),
    scope: Scope.describe('What it allows; each scope includes those before it.'),
    stacks: z.array(z.string().min(1).max(63)).min(1).max(1000).describe('Names of stacks; `*` stands for all.'),
    actor: z
      .string()
      .min(1)
      .max(255)
      .optional()
      .describe('Account at the forge that pipelines which are started with the token count as of.'),
    days: z.number().positive().max(1827).default(90).describe('Until it expires: at most five years.'),
  })
  .meta({ id: 'TokenRequest', description: 'An access token to create.' });
export type TokenRequest = z.infer<typeof TokenRequest>;

export const CreatedToken = TokenView.extend({
  token: z.string().describe('The token.'),
  s3: z
    .object({
      accessKeyId: z.string().describe('Id of the access key.'),
      secretAccessKey: z.string().describe('Secret of the access key.'),
    })
    .describe('The same access to mirrors over S3, for reading.'),
}).meta({ id: 'CreatedToken', description: 'A created token. No other answer has the token itself.' });
export type CreatedToken = z.infer<typeof CreatedToken>;

export const SessionsEndRequest = z
  .strictObject({ name: z.string().min(1).max(255).describe('Account whose sessions end.') })
  .meta({ id: 'SessionsEndRequest', description: 'Whose sessions to end.' });

export const SessionView = z
  .object({
    name: z.string().optional().describe('Absent for those who have not signed in.'),
    isSession: z.boolean().describe('Whether signing out ends it.'),
    isLocal: z.boolean().describe('Whether the sender may act without a token, on loopback without configuration.'),
    stacks: z.record(z.string(), Scope).describe('The highest scope on each stack that the sender can read.'),
    providers: z
      .array(z.object({ id: z.string().describe('Id.'), title: z.string().describe('Name for people.') }))
      .describe('Sign-in services.'),
  })
  .meta({ id: 'SessionView', description: 'Who the server takes the sender for, and how people can sign in.' });
export type SessionView = z.infer<typeof SessionView>;

export const EndedSessions = z
  .object({ ended: z.number().int().describe('How many sessions ended.') })
  .meta({ id: 'EndedSessions', description: 'The sessions that a request ended.' });

export const TokenSignIn = z
  .strictObject({ token: z.string().min(1).max(1000).describe('The access token.') })
  .meta({ id: 'TokenSignIn', description: 'A token to start a session with.' });
