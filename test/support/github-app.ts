import { generateKeyPairSync, randomBytes, type KeyPairKeyObjectResult } from 'node:crypto';
import type { Context } from 'hono';
import { jwtVerify } from 'jose';
import { systemClock, type Clock } from '../../src/kit/index.ts';
import { examplePayload } from './github-payloads.ts';

const HOUR_MS = 3600_000;
const JWT_LONGEST_S = 600;

/** Made once: that takes a while. */
let pair: KeyPairKeyObjectResult | undefined;
const keys = () => (pair ??= generateKeyPairSync('rsa', { modulusLength: 2048 }));

interface IssuedToken {
  readonly token: string;
  readonly until: number;
}

/** A GitHub App that is installed for the stand-in's repository: its key, and the tokens of its installation. */
export class StandInApp {
  readonly id = 4711;
  readonly slug = 'slipway-of-the-lab';
  readonly full: string;
  readonly issued: IssuedToken[] = [];
  /** Number of the installation; undefined once it was removed. */
  installation: number | undefined = 815;
  clock: Clock = systemClock;

  constructor(full: string) {
    this.full = full;
  }

  /** The private key as GitHub gives it out. */
  get pem(): string {
    return keys().privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
  }

  /** Whether this is a token of the installation that is still valid. */
  accepts(token: string): boolean {
    return this.issued.some((one) => one.token === token && this.clock.now() < one.until);
  }

  /** Ends all tokens, as GitHub does when one is revoked. */
  revokeTokens(): void {
    this.issued.splice(0);
  }

  /** Refuses requests that the App's key has not signed, or not for now. */
  async refuse(c: Context): Promise<Response | undefined> {
    const jwt = /^Bearer (.+)$/.exec(c.req.header('authorization') ?? '')?.[1] ?? '';
    const now = this.clock.now();
    const options = { algorithms: ['RS256'], currentDate: new Date(now), requiredClaims: ['iat', 'exp', 'iss'] };
    const verified = await jwtVerify(jwt, keys().publicKey, options).catch(() => undefined);
    const { iss, exp = 0, iat = 0 } = verified?.payload ?? {};
    const isFresh = exp - now / 1000 <= JWT_LONGEST_S && iat <= now / 1000;
    if (iss === String(this.id) && isFresh) return undefined;
    return c.json(
      { message: 'A JSON web token could not be decoded', documentation_url: 'https://docs.github.com' },
      401,
    );
  }

  /** The answer about the installation for the repository. */
  installationBody(): object {
    const { owner } = examplePayload('push', this.full).repository as { owner: object };
    const address = `https://api.github.com/app/installations/${this.installation}`;
    return {
      id: this.installation,
      account: { gists_url: '', starred_url: '', ...owner },
      repository_selection: 'selected',
      access_tokens_url: `${address}/access_tokens`,
      repositories_url: 'https://api.github.com/installation/repositories',
      html_url: `https://github.com/settings/installations/${this.installation}`,
      app_id: this.id,
      app_slug: this.slug,
      target_id: 1,
      target_type: 'Organization',
      permissions: { contents: 'read', metadata: 'read', pull_requests: 'write', checks: 'write', statuses: 'write' },
      events: ['push', 'pull_request'],
      created_at: '2024-05-15T15:30:00Z',
      updated_at: '2024-05-15T15:30:00Z',
      single_file_name: null,
      suspended_by: null,
      suspended_at: null,
    };
  }

  /** Creates a token that is valid for an hour. */
  issue(): object {
    const until = this.clock.now() + HOUR_MS;
    const token = `ghs_${randomBytes(18).toString('hex')}`;
    this.issued.push({ token, until });
    const end = new Date(until).toISOString().replace(/\.\d+Z$/, 'Z');
    return { token, expires_at: end, permissions: { contents: 'read' }, repository_selection: 'selected' };
  }
}
