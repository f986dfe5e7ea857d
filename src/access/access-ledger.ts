import type { Scope } from './scope.ts';

/** An access token, without the token itself. */
export interface TokenRecord {
  readonly id: string;
  readonly name: string;
  readonly scope: Scope;
  /** Names of stacks, or `*`. */
  readonly stacks: readonly string[];
  readonly actor?: string;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly expiresAt: string;
  readonly lastUsedAt?: string;
  readonly revokedAt?: string;
}

/** A person who has signed in. */
export interface SessionRecord {
  readonly provider: string;
  readonly name: string;
  readonly groups: readonly string[];
  readonly createdAt: string;
  readonly expiresAt: string;
}

/** Stores tokens and sessions under the digests of what their owners send, and never the values. */
export interface AccessLedger {
  /** Returns the id of the new token. */
  addToken(token: Omit<TokenRecord, 'id'>, digest: string): string;
  /** All tokens, revoked and expired ones included, the newest first. */
  tokens(): readonly TokenRecord[];
  /** Whether a token was ever added. */
  hasTokens(): boolean;
  token(id: string): TokenRecord | undefined;
  tokenByDigest(digest: string): TokenRecord | undefined;
  recordUse(id: string, at: string): void;
  revokeToken(id: string, at: string): void;
  addSession(session: SessionRecord, digest: string): void;
  sessionByDigest(digest: string): SessionRecord | undefined;
  endSession(digest: string): void;
  /** Ends all sessions of a person, and returns how many there were. */
  endSessionsOf(name: string): number;
  /** Removes sessions that expired before a time. */
  removeExpiredSessions(before: string): void;
}
