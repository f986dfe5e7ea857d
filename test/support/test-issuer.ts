import { randomUUID } from 'node:crypto';
import { serve, type ServerType } from '@hono/node-server';
import { Hono } from 'hono';
import { SignJWT, exportJWK, generateKeyPair, type JWK } from 'jose';

type Claims = Readonly<Record<string, unknown>>;

/** An issuer of ID tokens on the loopback, as GitLab is one: real signatures, and public keys at its address. */
export interface TestIssuer {
  readonly url: string;
  /** How often its keys have been read. */
  readonly reads: () => number;
  /** Claims of a GitLab job of `lab/stack` at `main`, changed as a test needs it. */
  gitlabToken(claims: Claims): Promise<string>;
  /** Signs claims as they are. */
  sign(claims: Claims, options?: { readonly key?: 'own' | 'foreign' }): Promise<string>;
  /** Signs with a new key from now on; the old one is not published any more. */
  rotate(): Promise<void>;
  close(): Promise<void>;
}

interface Key {
  readonly kid: string;
  readonly privateKey: Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];
  readonly jwk: JWK;
}

async function newKey(): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  const kid = randomUUID();
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' } };
}

export const audience = 'https://slipway.example.org';

export async function testIssuer(): Promise<TestIssuer> {
  let key = await newKey();
  const foreign = { ...(await newKey()), kid: key.kid };
  let reads = 0;
  const app = new Hono();
  app.get('/.well-known/openid-configuration', (c) => c.json({ issuer: url, jwks_uri: `${url}/oauth/discovery/keys` }));
  app.get('/oauth/discovery/keys', (c) => {
    reads += 1;
    return c.json({ keys: [key.jwk] });
  });
  let server: ServerType | undefined;
  const port = await new Promise<number>((resolve) => {
    server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, (address) => resolve(address.port));
  });
  const url = `http://127.0.0.1:${port}`;
  const sign: TestIssuer['sign'] = (claims, { key: which = 'own' } = {}) => {
    const { privateKey, kid } = which === 'own' ? key : { ...foreign, kid: key.kid };
    return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid, typ: 'JWT' }).sign(privateKey);
  };
  return {
    url,
    reads: () => reads,
    sign,
    gitlabToken: (claims) => sign({ ...gitlabClaims(url), ...claims }),
    rotate: async () => {
      key = await newKey();
    },
    close: () => new Promise<void>((resolve) => server?.close(() => resolve())),
  };
}

/** https://docs.gitlab.com/ci/secrets/id_token_authentication/#token-payload */
export function gitlabClaims(issuer: string): Claims {
  const now = Math.floor(Date.now() / 1000);
  return {
    iss: issuer,
    aud: audience,
    sub: 'project_path:lab/stack:ref_type:branch:ref:main',
    jti: randomUUID(),
    iat: now,
    nbf: now - 5,
    exp: now + 300,
    namespace_path: 'lab',
    project_path: 'lab/stack',
    user_login: 'ada',
    pipeline_id: '574',
    pipeline_source: 'push',
    job_id: '302',
    ref: 'main',
    ref_type: 'branch',
    ref_path: 'refs/heads/main',
    ref_protected: 'true',
    runner_environment: 'self-hosted',
    sha: '714a629c0b401fdce83e847fc9589983fc6f46bc',
    ci_config_ref_uri: 'gitlab.example.org/lab/stack//.gitlab-ci.yml@refs/heads/main',
  };
}

/** https://docs.github.com/actions/reference/security/oidc */
export function githubClaims(issuer: string): Claims {
  const { iss, aud, jti, iat, nbf, exp } = gitlabClaims(issuer);
  return {
    iss,
    aud,
    jti,
    iat,
    nbf,
    exp,
    sub: 'repo:lab/stack:ref:refs/heads/main',
    repository: 'lab/stack',
    repository_owner: 'lab',
    ref: 'refs/heads/main',
    ref_type: 'branch',
    ref_protected: 'true',
    sha: '714a629c0b401fdce83e847fc9589983fc6f46bc',
    run_id: '9876543210',
    run_attempt: '1',
    event_name: 'push',
    actor: 'ada',
    workflow_ref: 'lab/stack/.github/workflows/stack.yml@refs/heads/main',
  };
}
