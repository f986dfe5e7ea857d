import { createPublicKey, verify } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { openLab, type Lab } from '../../../test/support/coordinator.ts';
import { Secret } from '../../kit/index.ts';
import { identityRoutes } from './identity.ts';
import type { AssignedJob } from '../../pipeline/index.ts';

const configuration = `
variables: { AUDIENCE: binaries }
j:
  script: x
  timeout: 2 hours
  id_tokens: { CLOUD: { aud: ["$AUDIENCE", two] }, SITE: { aud: site }, TAKEN: { aud: site } }
`;

async function jobOf(kind: 'branch' | 'request' | 'fork'): Promise<{ lab: Lab; job: AssignedJob }> {
  const lab = await openLab({ secrets: [{ name: 'TAKEN', value: new Secret('the secret'), scope: 'trusted' }] });
  const files = { 'spack.yaml': 'spack: {}\n', '.gitlab-ci.yml': configuration };
  const { sha, event } = lab.push(kind === 'branch' ? 'main' : 'fix', files);
  await lab.happens(kind === 'branch' ? event : lab.forge.request('7', sha, { fork: kind === 'fork' }));
  return { lab, job: (await lab.take())! };
}

const variable = ({ variables }: AssignedJob, key: string) => variables.findLast((one) => one.key === key);

/** What a token says, after its signature was checked with the keys that the server publishes. */
async function claimsOf(lab: Lab, token: string): Promise<Record<string, unknown>> {
  const app = identityRoutes(lab.context);
  const { jwks_uri } = (await (await app.request('/.well-known/openid-configuration')).json()) as { jwks_uri: string };
  const { keys } = (await (await app.request(new URL(jwks_uri).pathname)).json()) as { keys: { kid: string }[] };
  const [header = '', claims = '', signature = ''] = token.split('.');
  const decode = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
  const jwk = keys.find(({ kid }) => kid === decode(header)['kid']);
  const key = createPublicKey({ key: { ...jwk }, format: 'jwk' });
  expect(verify('sha256', Buffer.from(`${header}.${claims}`), key, Buffer.from(signature, 'base64url'))).toBe(true);
  return decode(claims);
}

describe('the identity tokens of a job', () => {
  test('name the user as the server knows them, whatever the pipeline’s variables say', async () => {
    const lab = await openLab();
    lab.forge.permission = async () => 'maintain';
    const forged = { GITLAB_USER_LOGIN: 'root', CI_PROJECT_PATH: 'stacks/other', CI_SERVER_URL: 'https://elsewhere' };
    const text = `variables: ${JSON.stringify(forged)}\nj: { script: x, id_tokens: { SITE: { aud: "$GITLAB_USER_LOGIN" } } }\n`;
    const { sha } = lab.push('main', { 'spack.yaml': 'spack: {}\n', '.gitlab-ci.yml': text });
    await lab.happens({ type: 'branch-pushed', branch: 'main', sha, actor: 'ada' });
    const job = (await lab.take())!;
    expect(variable(job, 'GITLAB_USER_LOGIN')?.value).toBe('root');
    expect(await claimsOf(lab, variable(job, 'SITE')?.value ?? '')).toMatchObject({
      iss: 'http://127.0.0.1:1',
      aud: 'root',
      sub: 'project_path:stacks/lab:ref_type:branch:ref:main',
      project_path: 'stacks/lab',
      project_visibility: 'private',
      user_login: 'ada',
      user_email: 'ada@users.noreply.127.0.0.1',
      user_access_level: 'maintainer',
      ci_config_ref_uri: '127.0.0.1:1/stacks/lab//.gitlab-ci.yml@refs/heads/main',
      ci_config_sha: sha,
    });
  });

  test('say which job of which pipeline it is, for whom, and for how long', async () => {
    const { lab, job } = await jobOf('branch');
    const token = variable(job, 'CLOUD');
    expect(token).toMatchObject({ masked: true, raw: true });
    const claims = await claimsOf(lab, token?.value ?? '');
    expect(claims).toMatchObject({
      iss: 'http://127.0.0.1:1',
      sub: 'project_path:stacks/lab:ref_type:branch:ref:main',
      aud: ['binaries', 'two'],
      job_id: job.run.id,
      pipeline_id: '1',
      ref_path: 'refs/heads/main',
      ref_protected: 'true',
    });
    expect(Number(claims['exp']) - Number(claims['iat'])).toBe(7200);
    expect((await claimsOf(lab, variable(job, 'SITE')?.value ?? ''))['aud']).toBe('site');
  });

  test('say of a pull request that its ref is not protected', async () => {
    const { lab, job } = await jobOf('request');
    expect(await claimsOf(lab, variable(job, 'SITE')?.value ?? '')).toMatchObject({
      ref: 'pull/7',
      ref_path: 'refs/pull/7/head',
      ref_protected: 'false',
    });
  });

  test('are not given to outsiders, and take no secret’s place', async () => {
    const { job } = await jobOf('fork');
    expect(job.variables.filter(({ key }) => key === 'CLOUD' || key === 'SITE')).toEqual([]);
    const { job: own } = await jobOf('branch');
    expect(variable(own, 'TAKEN')?.value).toBe('the secret');
  });
});
