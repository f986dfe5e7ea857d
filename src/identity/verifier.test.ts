import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { audience, githubClaims, gitlabClaims, testIssuer, type TestIssuer } from '../../test/support/test-issuer.ts';
import { systemClock } from '../kit/index.ts';
import { IdentityProvider } from './provider.ts';
import { createIdentityVerifier, type IdentityVerifier } from './verifier.ts';

let issuer: TestIssuer;
beforeAll(async () => {
  issuer = await testIssuer();
});
afterAll(() => issuer.close());

function verifier(more: Readonly<Record<string, unknown>> = {}): IdentityVerifier {
  const provider = IdentityProvider.parse({ issuer: issuer.url, audience, project: 'lab/stack', ...more });
  return createIdentityVerifier([provider], { clock: systemClock });
}

const soon = () => Math.floor(Date.now() / 1000);

describe('a token of GitLab', () => {
  test('names the job that shows it', async () => {
    const identity = await verifier().verify(await issuer.gitlabToken({}));
    expect(identity).toMatchObject({
      issuer: issuer.url,
      project: 'lab/stack',
      ref: 'refs/heads/main',
      pipeline: '574',
      actor: 'ada',
      isProtected: true,
      isOfRef: true,
      isChild: false,
      lifetime: 3_600_000,
    });
  });

  const wrong: readonly (readonly [string, Readonly<Record<string, unknown>>, string, string])[] = [
    ['another audience', { aud: 'https://other.example.org' }, 'IDENTITY_NOT_ALLOWED', 'audience'],
    ['another project', { project_path: 'eve/stack' }, 'IDENTITY_NOT_ALLOWED', 'eve/stack'],
    ['another issuer', { iss: 'https://gitlab.com' }, 'IDENTITY_NOT_ALLOWED', 'https://gitlab.com'],
    ['a time that has passed', { exp: soon() - 60 }, 'IDENTITY_TOKEN_INVALID', 'exp'],
    ['a time to come', { nbf: soon() + 600 }, 'IDENTITY_TOKEN_INVALID', 'nbf'],
    ['a birth to come', { iat: soon() + 600 }, 'IDENTITY_TOKEN_INVALID', 'future'],
    ['no end', { exp: undefined }, 'IDENTITY_TOKEN_INVALID', 'exp'],
    ['no id', { jti: undefined }, 'IDENTITY_TOKEN_INVALID', 'jti'],
    ['no pipeline', { pipeline_id: undefined }, 'IDENTITY_TOKEN_INVALID', 'pipeline_id'],
    ['an abbreviated commit', { sha: '714a629' }, 'IDENTITY_TOKEN_INVALID', 'sha'],
  ];
  test.each(wrong)('is refused with %s', async (_name, claims, code, text) => {
    const token = await issuer.gitlabToken(claims);
    await expect(verifier().verify(token)).rejects.toMatchObject({ code, message: expect.stringContaining(text) });
  });

  test('is refused if another key signed it, or none', async () => {
    const claims = gitlabClaims(issuer.url);
    const [header = '', payload = '', signature = ''] = (await issuer.gitlabToken({})).split('.');
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string };
    const symmetric = `${part({ alg: 'HS256', kid })}.${part(claims)}`;
    const forged = createHmac('sha256', 'public key').update(symmetric).digest('base64url');
    const tokens = [
      await issuer.sign(claims, { key: 'foreign' }),
      `${part({ alg: 'none' })}.${part(claims)}.`,
      `${symmetric}.${forged}`,
      `${header}.${part({ ...claims, project_path: 'lab/other' })}.${signature}`,
      `${header}.${payload}.`,
      'no token',
      '',
    ];
    for (const token of tokens)
      await expect(verifier().verify(token)).rejects.toMatchObject({ code: 'IDENTITY_TOKEN_INVALID', status: 401 });
  });

  test.each([
    ['an unprotected branch', { ref_protected: 'false' }],
    ['a branch without a word on its protection', { ref_protected: '' }],
    ['a branch that is not listed', { ref: 'side', ref_path: 'refs/heads/side' }],
    ['a merge request', { pipeline_source: 'merge_request_event' }],
    ['a tag', { ref: 'main', ref_type: 'tag', ref_path: 'refs/tags/main' }],
  ])('of %s is not protected', async (_name, claims) => {
    expect((await verifier().verify(await issuer.gitlabToken(claims))).isProtected).toBe(false);
  });

  test('is bound to an environment and a file if they are configured', async () => {
    const bound = verifier({ environment: 'mirror', workflow: '.gitlab-ci.yml' });
    await expect(bound.verify(await issuer.gitlabToken({}))).rejects.toThrow('no environment');
    const elsewhere = {
      environment: 'mirror',
      ci_config_ref_uri: 'gitlab.example.org/lab/stack//other.yml@refs/heads/main',
    };
    await expect(bound.verify(await issuer.gitlabToken(elsewhere))).rejects.toThrow('other.yml');
    expect(await bound.verify(await issuer.gitlabToken({ environment: 'mirror' }))).toBeDefined();
    const refs = verifier({ refs: ['refs/heads/*'] });
    await expect(refs.verify(await issuer.gitlabToken({ ref_path: 'refs/merge-requests/7/head' }))).rejects.toThrow(
      'refs/merge-requests/7/head',
    );
  });

  test('is the same token, however its signature is written', async () => {
    const token = await issuer.gitlabToken({});
    const [one, other] = [await verifier().verify(token), await verifier().verify(await issuer.gitlabToken({}))];
    expect((await verifier().verify(token)).token).toBe(one.token);
    expect(other.token).not.toBe(one.token);
  });
});

describe('a token of GitHub Actions', () => {
  const verify = async (claims: Readonly<Record<string, unknown>>) =>
    verifier({ kind: 'github' }).verify(await issuer.sign({ ...githubClaims(issuer.url), ...claims }));

  test('names the run and its attempt', async () => {
    expect(await verify({})).toMatchObject({ pipeline: '9876543210.1', isProtected: true, project: 'lab/stack' });
    expect(await verify({ ref_protected: undefined })).toMatchObject({ isProtected: true });
    expect(await verify({ ref_protected: 'false' })).toMatchObject({ isProtected: false });
  });

  test.each(['pull_request', 'pull_request_target', 'workflow_run', 'issue_comment'])(
    'of event %s is not protected, although it names the default branch',
    async (event) => {
      expect(await verify({ event_name: event })).toMatchObject({ isProtected: false, isOfRef: false });
    },
  );
});

describe('keys of an issuer', () => {
  test('are read once, and again when it signs with a new one', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const own = await testIssuer();
    const provider = IdentityProvider.parse({ issuer: own.url, audience, project: 'lab/stack' });
    const rotating = createIdentityVerifier([provider], { clock: systemClock });
    await rotating.verify(await own.gitlabToken({}));
    await rotating.verify(await own.gitlabToken({}));
    expect(own.reads()).toBe(1);
    const old = await own.gitlabToken({});
    await own.rotate();
    // An unknown key is not looked up all the time for tokens with made-up names of keys.
    await expect(rotating.verify(await own.gitlabToken({}))).rejects.toMatchObject({ code: 'IDENTITY_TOKEN_INVALID' });
    expect(own.reads()).toBe(1);
    vi.setSystemTime(Date.now() + 20_000);
    expect(await rotating.verify(await own.gitlabToken({}))).toBeDefined();
    expect(own.reads()).toBe(2);
    await expect(rotating.verify(old)).rejects.toMatchObject({ code: 'IDENTITY_TOKEN_INVALID' });
    await own.close();
    const cut = createIdentityVerifier([provider], { clock: systemClock });
    await expect(cut.verify(old)).rejects.toMatchObject({ code: 'IDENTITY_ISSUER_UNREACHABLE', status: 503 });
  });
});
