import * as z from 'zod';

const Scope = z.enum(['read', 'run', 'approve', 'admin']);

/** An access token, without the token itself. Revoked and expired ones stay listed. */
export const TokenView = z.object({
  id: z.string(),
  name: z.string(),
  scope: Scope,
  /** Names of stacks; `*`: all. */
  stacks: z.array(z.string()),
  actor: z.string().optional(),
  createdAt: z.string(),
  createdBy: z.string(),
  expiresAt: z.string(),
  lastUsedAt: z.string().optional(),
  revokedAt: z.string().optional(),
});
export type TokenView = z.infer<typeof TokenView>;

export const TokenList = z.object({ tokens: z.array(TokenView) });
export type TokenList = z.infer<typeof TokenList>;

/** `POST /api/v1/tokens` */
export const TokenRequest = z.strictObject({
  name: z.string().min(1).max(255),
  scope: Scope,
  stacks: z.array(z.string().min(1).max(63)).min(1).max(1000),
  /** Account at the forge that pipelines which are started with the token count as of. */
  actor: z.string().min(1).max(255).optional(),
  /** Until it expires: at most five years. */
  days: z.number().positive().max(1827).default(90),
});
export type TokenRequest = z.infer<typeof TokenRequest>;

/** The only answer that has the token. */
export const CreatedToken = TokenView.extend({
  token: z.string(),
  /** The same access to mirrors over S3, for reading. */
  s3: z.object({ accessKeyId: z.string(), secretAccessKey: z.string() }),
});
export type CreatedToken = z.infer<typeof CreatedToken>;

/** `POST /api/v1/sessions/end` */
export const SessionsEndRequest = z.strictObject({ name: z.string().min(1).max(255) });

/** Who the server takes the sender for, and how people can sign in. */
export const SessionView = z.object({
  /** Absent for those who have not signed in. */
  name: z.string().optional(),
  /** Whether signing out ends it. */
  isSession: z.boolean(),
  /** Whether the sender may act without a token, on loopback without configuration. */
  isLocal: z.boolean(),
  /** The highest scope on each stack that the sender can read. */
  stacks: z.record(z.string(), Scope),
  providers: z.array(z.object({ id: z.string(), title: z.string() })),
});
export type SessionView = z.infer<typeof SessionView>;
