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

/** What a page posts to create an App. */
export interface StandInManifest {
  readonly name: string;
  readonly url: string;
  readonly redirect_url: string;
  readonly public: boolean;
  readonly hook_attributes?: { readonly url: string };
  readonly default_permissions: Readonly<Record<string, string>>;
  readonly default_events?: readonly string[];
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
  readonly webhookSecret = randomBytes(20).toString('hex');
  /** What the App was created from, once its secrets were given out. */
  manifest: StandInManifest | undefined;
  readonly #codes = new Map<string, StandInManifest>();

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

  /** Shows the page that asks the person, who agrees: the browser goes on to the manifest's page with a code. */
  create(c: Context, manifest: StandInManifest): Response {
    if (manifest.name === '' || manifest.name.length > 34 || !URL.canParse(manifest.url)) return c.text('Invalid', 422);
    const code = randomBytes(20).toString('hex');
    this.#codes.set(code, manifest);
    return c.redirect(`${manifest.redirect_url}?code=${code}&state=${c.req.query('state')}`);
  }

  /** Gives the secrets of a new App for its code, once. */
  convert(c: Context): Response {
    const code = c.req.param('code') ?? '';
    const manifest = this.#codes.get(code);
    this.#codes.delete(code);
    if (manifest === undefined)
      return c.json({ message: 'Not Found', documentation_url: 'https://docs.github.com' }, 404);
    this.manifest = manifest;
    const { owner } = examplePayload('push', this.full).repository as { owner: object };
    const created = {
      id: this.id,
      slug: this.slug,
      node_id: 'MDM6QXBw',
      client_id: 'Iv1.0123456789abcdef',
      owner: { gists_url: '', starred_url: '', ...owner },
      name: manifest.name,
      description: '',
      external_url: manifest.url,
      html_url: `https://github.example.org/apps/${this.slug}`,
      created_at: '2024-05-15T15:30:00Z',
      updated_at: '2024-05-15T15:30:00Z',
      permissions: manifest.default_permissions,
      events: manifest.default_events ?? [],
      client_secret: 'of the client',
      webhook_secret: manifest.hook_attributes === undefined ? null : this.webhookSecret,
      pem: this.pem,
    };
    return c.json(created, 201);
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
