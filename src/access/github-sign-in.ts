import { createHash } from 'node:crypto';
import * as z from 'zod';
import { SlipwayError, messageOf, type Secret } from '../kit/index.ts';
import { accessError } from './errors.ts';
import type { RoleRule } from './roles.ts';
import type { PendingSignIn, SignInProvider } from './sign-in.ts';

interface GithubSettings {
  /** Without a slash at the end; that of people. */
  readonly url: string;
  readonly apiUrl: string;
  readonly clientId: string;
  readonly clientSecret: Secret;
  readonly roles: readonly RoleRule[];
}

const Token = z.object({ access_token: z.string().min(1) });
const Refusal = z.object({ error: z.string(), error_description: z.string().optional() });
const User = z.object({ login: z.string().min(1) });
const Teams = z.array(z.object({ slug: z.string(), organization: z.object({ login: z.string() }) }));
const Memberships = z.array(z.object({ organization: z.object({ login: z.string() }) }));

const PAGE = 100;
const MOST_PAGES = 10;

/**
 * Signs people in with GitHub, which has OAuth 2.0 and no OpenID Connect. Their groups are organizations (`lab`) and
 * teams (`lab/maintainers`) as of the sign-in.
 */
export function githubSignIn(settings: GithubSettings): SignInProvider {
  const { url, clientId, roles } = settings;
  const provider = 'GitHub';
  return {
    id: 'github',
    title: provider,
    roles,
    namesActors: true,
    begin: async (redirectUri, { state, verifier }) => {
      const address = new URL(`${url}/login/oauth/authorize`);
      address.search = new URLSearchParams({
        client_id: clientId,
        redirect_uri: redirectUri,
        scope: 'read:org',
        state,
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
      }).toString();
      return address;
    },
    finish: async (callback, pending) => {
      try {
        const token = await exchange(settings, callback, pending);
        const { login } = User.parse(await read(settings, token, '/user'));
        const teams = await readAll(settings, token, { path: '/user/teams', schema: Teams });
        const memberships = await readAll(settings, token, {
          path: '/user/memberships/orgs?state=active',
          schema: Memberships,
        });
        const groups = [
          ...memberships.map(({ organization }) => organization.login),
          ...teams.map(({ organization, slug }) => `${organization.login}/${slug}`),
        ];
        return { name: login, groups };
      } catch (error) {
        if (error instanceof SlipwayError) throw error;
        throw accessError('ACCESS_SIGN_IN_FAILED', { provider, reason: messageOf(error) }, { cause: error });
      }
    },
  };
}

async function exchange(
  { url, clientId, clientSecret }: GithubSettings,
  callback: URL,
  { state, verifier }: PendingSignIn,
): Promise<string> {
  const query = callback.searchParams;
  if (query.get('state') !== state) throw new Error('The answer belongs to another sign-in.');
  const code = query.get('code');
  if (code === null) throw new Error(query.get('error_description') ?? query.get('error') ?? 'There is no code.');
  const response = await fetch(`${url}/login/oauth/access_token`, {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    body: JSON.stringify({
      client_id: clientId,
      client_secret: clientSecret.reveal(),
      code,
      redirect_uri: `${callback.origin}${callback.pathname}`,
      code_verifier: verifier,
    }),
  });
  const answer: unknown = await response.json();
  // GitHub reports a wrong code with status 200.
  const refusal = Refusal.safeParse(answer).data;
  if (refusal !== undefined) throw new Error(refusal.error_description ?? refusal.error);
  return Token.parse(answer).access_token;
}

async function read({ apiUrl }: GithubSettings, token: string, path: string): Promise<unknown> {
  const headers = { authorization: `Bearer ${token}`, accept: 'application/vnd.github+json' };
  const response = await fetch(`${apiUrl}${path}`, { headers });
  if (!response.ok) throw new Error(`\`${path}\` answered ${response.status}.`);
  return response.json();
}

async function readAll<Entry>(
  settings: GithubSettings,
  token: string,
  { path, schema }: { readonly path: string; readonly schema: z.ZodType<Entry[]> },
): Promise<readonly Entry[]> {
  const found: Entry[] = [];
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const query = `${path.includes('?') ? '&' : '?'}per_page=${PAGE}&page=${page}`;
    const entries = schema.parse(await read(settings, token, `${path}${query}`));
    found.push(...entries);
    if (entries.length < PAGE) break;
  }
  return found;
}
