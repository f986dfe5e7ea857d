import { randomBytes } from 'node:crypto';
import { sha256, timestamp, type Clock, type Secret } from '../kit/index.ts';
import type { AccessLedger, SessionRecord, TokenRecord } from './access-ledger.ts';
import { accessError } from './errors.ts';
import type { Grant, Principal } from './principal.ts';
import { grantsOf, type Identity } from './roles.ts';
import type { Scope } from './scope.ts';
import type { SignInProvider } from './sign-in.ts';

/** A token that the configuration names. */
export interface DeclaredToken {
  readonly name: string;
  readonly token: Secret;
  readonly grant: Grant;
  readonly actor?: string;
}

interface AccessSettings {
  readonly ledger: AccessLedger;
  readonly clock: Clock;
  readonly declared: readonly DeclaredToken[];
  readonly providers: readonly SignInProvider[];
  /** Seconds after which a session ends. */
  readonly sessionSeconds: number;
}

interface NewToken {
  readonly name: string;
  readonly scope: Scope;
  readonly stacks: readonly string[];
  readonly actor?: string;
  readonly createdBy: string;
  /** Seconds after which it expires. */
  readonly seconds: number;
}

const PREFIX = 'slipway_';
/** Provider of sessions that began with a token, whose digest is their name. */
const TOKEN = 'token';
/** The last use is recorded once in this time. */
const USE_RECORDED_MS = 60_000;

/** Creates, checks and revokes access tokens and sessions. A change counts from the next request on. */
export class Access {
  readonly providers: readonly SignInProvider[];
  readonly sessionSeconds: number;
  readonly #ledger: AccessLedger;
  readonly #clock: Clock;
  readonly #declared = new Map<string, Principal>();

  constructor({ ledger, clock, declared, providers, sessionSeconds }: AccessSettings) {
    this.#ledger = ledger;
    this.#clock = clock;
    this.providers = providers;
    this.sessionSeconds = sessionSeconds;
    for (const one of declared) this.#declare(one);
  }

  /** Returns the principal of a token; undefined if it is unknown, expired or revoked. */
  principalOfToken(token: string): Principal | undefined {
    return this.#principalOfDigest(sha256(token));
  }

  /** Returns the principal of a stored token by its id; undefined if it is unknown, expired or revoked. */
  principalOfTokenId(id: string): Principal | undefined {
    const found = this.#ledger.token(id);
    return found && this.#principalOf(found);
  }

  /** Returns the principal of a session; undefined if it has ended. */
  principalOfSession(session: string): Principal | undefined {
    const found = this.#ledger.sessionByDigest(sha256(session));
    if (found === undefined || found.expiresAt <= timestamp(this.#clock)) return undefined;
    const { name, groups } = found;
    if (found.provider === TOKEN) {
      const principal = this.#principalOfDigest(name);
      return principal && { ...principal, kind: 'session' };
    }
    const provider = this.providers.find(({ id }) => id === found.provider);
    if (provider === undefined) return undefined;
    return {
      kind: 'session',
      name: `${name} (${provider.id})`,
      actor: provider.namesActors ? name : undefined,
      // By the rules of now, so that a changed configuration counts for those who are signed in.
      grants: grantsOf({ name, groups }, provider.roles),
    };
  }

  /** Creates a token. It is returned once, and only its digest is kept. */
  createToken({ seconds, ...token }: NewToken): { readonly token: string; readonly record: TokenRecord } {
    const text = `${PREFIX}${randomBytes(32).toString('base64url')}`;
    const [createdAt, expiresAt] = this.#period(seconds);
    const record = { ...token, createdAt, expiresAt };
    return { token: text, record: { ...record, id: this.#ledger.addToken(record, sha256(text)) } };
  }

  tokens(): readonly TokenRecord[] {
    return this.#ledger.tokens();
  }

  /** Whether anyone can sign in, or could: also if all tokens have expired or were revoked. */
  canSignIn(): boolean {
    return this.#declared.size > 0 || this.providers.length > 0 || this.#ledger.hasTokens();
  }

  /** Revokes a token by its id. Throws ACCESS_TOKEN_UNKNOWN. */
  revokeToken(id: string): TokenRecord {
    const found = this.#ledger.token(id);
    if (found === undefined) throw accessError('ACCESS_TOKEN_UNKNOWN', { id });
    const revokedAt = found.revokedAt ?? timestamp(this.#clock);
    this.#ledger.revokeToken(id, revokedAt);
    return { ...found, revokedAt };
  }

  /** Starts a session of a person, and returns what their browser keeps. Throws ACCESS_NO_ROLE. */
  startSession(provider: SignInProvider, { name, groups }: Identity): string {
    if (grantsOf({ name, groups }, provider.roles).length === 0) throw accessError('ACCESS_NO_ROLE', { name });
    return this.#addSession({ provider: provider.id, name, groups });
  }

  /** Starts a session for the holder of a token; it ends with the token. Undefined if the token does not count. */
  startTokenSession(token: string): string | undefined {
    if (this.principalOfToken(token) === undefined) return undefined;
    return this.#addSession({ provider: TOKEN, name: sha256(token), groups: [] });
  }

  endSession(session: string): void {
    this.#ledger.endSession(sha256(session));
  }

  /** Ends all sessions of a person, and returns how many there were. */
  endSessionsOf(name: string): number {
    return this.#ledger.endSessionsOf(name);
  }

  /** Kept by digest, so that no comparison depends on how much of a token is right. One token may have several grants. */
  #declare({ name, token, grant, actor }: DeclaredToken): void {
    const digest = sha256(token.reveal());
    const known = this.#declared.get(digest);
    const own: Principal = { kind: 'token', name, actor, grants: [grant] };
    // Where two accounts share it, it proves neither.
    const shared = known && { ...known, actor: known.actor === actor ? actor : undefined };
    this.#declared.set(digest, shared === undefined ? own : { ...shared, grants: [...shared.grants, grant] });
  }

  #addSession(person: Pick<SessionRecord, 'provider' | 'name' | 'groups'>): string {
    const session = randomBytes(32).toString('base64url');
    const [createdAt, expiresAt] = this.#period(this.sessionSeconds);
    this.#ledger.removeExpiredSessions(createdAt);
    this.#ledger.addSession({ ...person, createdAt, expiresAt }, sha256(session));
    return session;
  }

  #principalOfDigest(digest: string): Principal | undefined {
    const declared = this.#declared.get(digest);
    if (declared !== undefined) return declared;
    const found = this.#ledger.tokenByDigest(digest);
    return found && this.#principalOf(found);
  }

  #principalOf(record: TokenRecord): Principal | undefined {
    const { id, name, actor, scope, stacks, expiresAt, revokedAt, lastUsedAt } = record;
    const now = timestamp(this.#clock);
    if (revokedAt !== undefined || expiresAt <= now) return undefined;
    if (lastUsedAt === undefined || Date.parse(now) - Date.parse(lastUsedAt) >= USE_RECORDED_MS)
      this.#ledger.recordUse(id, now);
    return { kind: 'token', name: `token ${name}`, actor, grants: [{ scope, stacks }] };
  }

  #period(seconds: number): [from: string, to: string] {
    const now = this.#clock.now();
    return [new Date(now).toISOString(), new Date(now + seconds * 1000).toISOString()];
  }
}
