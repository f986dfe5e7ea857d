import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serve, type ServerType } from '@hono/node-server';
import { execa } from 'execa';
import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readAudit } from '../../src/audit/index.ts';
import { readServerConfiguration } from '../../src/coordinator/index.ts';
import { readPipeline } from '../../src/gitlab/index.ts';
import { pushEntry, storeFromUrl } from '../../src/mirror/index.ts';
import { lockDigest, manifestKey, writeLockfile, type SpecNode } from '../../src/spack/index.ts';
import { commandBlocks } from '../support/command-blocks.ts';
import { foreignLock, smallLock } from '../support/external-locks.ts';
import { tarballOf } from '../support/lab-tarballs.ts';
import { serveStack, stackName, type ServedStack } from '../support/served-stack.ts';
import { audience, githubClaims, testIssuer, type TestIssuer } from '../support/test-issuer.ts';

const examples = fileURLToPath(new URL('../../examples/', import.meta.url));
const hasCurl = spawnSync('curl', ['--version']).status === 0;
if (!hasCurl) process.stderr.write('skipped: the scripts of the examples need curl\n');

const lockText = writeLockfile(smallLock);
const [gauge, tide] = [...smallLock.nodes.values()] as [SpecNode, SpecNode];

let issuer: TestIssuer;
let github: TestIssuer;
let served: ServedStack;
let folder: string;
let sha: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-identity-'));
  [issuer, github] = [await testIssuer(), await testIssuer()];
  const identity = { issuer: issuer.url, audience, project: 'lab/stack' };
  const ofGithub = { ...identity, issuer: github.url, kind: 'github' as const };
  served = await serveStack({
    stack: {
      events: { pushes: false, pullRequests: false },
      identities: [identity, ofGithub],
    },
  });
  sha = await served.push('main', {
    'spack.yaml': await readFile(join(examples, 'gitlab-id-token/spack.yaml'), 'utf8'),
    'slipway.yaml': await readFile(join(examples, 'gitlab-id-token/slipway.yaml'), 'utf8'),
  });
  await mkdir(join(folder, 'bin'));
  const shim = fileURLToPath(new URL('../support/pushing-spack.mts', import.meta.url));
  const program = `#!/bin/sh\nexec '${process.execPath}' --import '${import.meta.resolve('tsx')}' '${shim}' "$@"\n`;
  await writeFile(join(folder, 'bin/spack'), program, { mode: 0o755 });
});
afterAll(async () => {
  await served.close();
  await issuer.close();
  await github.close();
  await rm(folder, { recursive: true, force: true });
});

interface Asked {
  readonly token?: string;
  readonly lock?: string;
  readonly digest?: string;
}

async function exchange(claims: Readonly<Record<string, unknown>>, { token, lock = lockText, digest }: Asked = {}) {
  const shown = token ?? (await issuer.gitlabToken({ sha, ...claims }));
  const query = digest === undefined ? '' : `?lock=${digest}`;
  const response = await fetch(`${served.server.url}/api/v1/stacks/${stackName}/identity${query}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${shown}` },
    body: digest === undefined ? lock : '',
  });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}

async function finish(token: string | undefined, status = 'success') {
  const response = await fetch(`${served.server.url}/api/v1/stacks/${stackName}/identity/finish`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ status }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}

/** Pushes a package with real S3 requests. */
async function push(variables: Readonly<Record<string, string>>, node: SpecNode, of = smallLock): Promise<void> {
  const store = await storeFromUrl(variables['SLIPWAY_MIRROR'] ?? '', variables);
  await pushEntry(store, { lock: of, hash: node.hash, tarball: await tarballOf(node, of) });
}

const readMirror = async (key: string): Promise<string> =>
  (await fetch(`${served.server.url}/mirrors/${stackName}/${key}`)).text();

describe.skipIf(!hasCurl)('the example for GitLab', () => {
  test('builds on GitLab alone: pushed, signed and published by ID tokens', async () => {
    const text = await readFile(join(examples, 'gitlab-id-token/.gitlab-ci.yml'), 'utf8');
    const { plan, diagnostics } = readPipeline(text, '.gitlab-ci.yml', { variables: {}, source: 'push' });
    expect(diagnostics).toEqual([]);
    const file = 'slipway.server.yaml';
    const server = await readFile(join(examples, 'gitlab-id-token', file), 'utf8');
    expect(readServerConfiguration(server, file).diagnostics).toEqual([]);
    const work = join(folder, 'gitlab');
    await mkdir(work);
    const shown = commandBlocks('docs/guides/beside-gitlab.md')
      .flatMap(({ commands }) => commands)
      .join('\n');
    expect(shown).toContain('/identity');
    const runJob = async (name: string, more: Readonly<Record<string, string>> = {}) => {
      const job = plan?.jobs.find((one) => one.name === name);
      const script = (job?.script ?? []).join('\n');
      expect(job?.idTokens).toEqual({ SLIPWAY_ID_TOKEN: ['$SLIPWAY_URL'] });
      const token = await issuer.gitlabToken({ sha, pipeline_id: '1001' });
      const env = {
        PATH: `${join(folder, 'bin')}:${process.env['PATH']}`,
        SLIPWAY_URL: served.server.url,
        SLIPWAY_STACK: stackName,
        SLIPWAY_ID_TOKEN: token,
        ...Object.fromEntries(Object.entries(job?.variables ?? {}).map(([key, { value }]) => [key, value])),
        ...more,
      };
      Object.assign(env, { SLIPWAY_URL: served.server.url, SLIPWAY_STACK: stackName });
      const options = { cwd: work, env, extendEnv: false, all: true, reject: false } as const;
      const { exitCode, all } = await execa('bash', ['-e', '-o', 'pipefail', '-c', script], options);
      if (name === 'lock') await execa('sh', ['-euc', shown], options);
      return { exitCode, output: all };
    };
    for (const name of ['lock', 'build', 'success']) {
      const { exitCode, output } = await runJob(name);
      expect({ name, exitCode, output }).toMatchObject({ exitCode: 0 });
    }
    for (const node of [gauge, tide]) expect(await readMirror(manifestKey(node))).toContain('BEGIN PGP SIGNED MESSAGE');
    expect(await served.finalStatus(sha, 'slipway/external')).toMatchObject({ state: 'success' });
    expect(await served.finalStatus(sha, 'slipway/image')).toMatchObject({ state: 'success' });
    const [publication] = served.publications();
    expect(publication).toMatchObject({ tag: 'latest', state: 'published', commit: sha });
    // The log of a job that comes afterwards has the reason.
    const late = await runJob('build');
    expect(late.exitCode).not.toBe(0);
    expect(late.output).toContain('EXTERNAL_PIPELINE_ENDED');
  });
});

describe.skipIf(!hasCurl)('the example for GitHub Actions', () => {
  test('runs its steps with the tokens that GitHub issues', async () => {
    const workflow = parse(await readFile(join(examples, 'github-actions/id-token.yml'), 'utf8'));
    const steps = workflow.jobs.build.steps as { name?: string; uses?: string; run?: string }[];
    for (const { uses } of steps) if (uses !== undefined) expect(uses).toMatch(/@[0-9a-f]{40}$/);
    expect(workflow.permissions).toEqual({ contents: 'read', 'id-token': 'write' });
    const own = await serveStack({
      stack: {
        events: { pushes: false },
        identities: [{ issuer: github.url, kind: 'github', audience, project: 'lab/stack' }],
      },
    });
    const asked: string[] = [];
    const app = new Hono();
    const head = await own.push('main', { 'spack.yaml': 'spack: { specs: [gauge] }\n' });
    app.get('/token', async (c) => {
      asked.push(`${c.req.header('authorization')} ${c.req.query('audience')}`);
      return c.json({ count: 1, value: await github.sign({ ...githubClaims(github.url), sha: head }) });
    });
    let server: ServerType | undefined;
    const port = await new Promise<number>((resolve) => {
      server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, (address) => resolve(address.port));
    });
    try {
      const work = join(folder, 'github');
      await mkdir(work);
      const outputs = join(work, 'github.env');
      await writeFile(outputs, '');
      let env: Record<string, string> = {
        PATH: `${join(folder, 'bin')}:${process.env['PATH']}`,
        SLIPWAY_URL: own.server.url,
        SLIPWAY_STACK: stackName,
        STATUS: 'success',
        GITHUB_ENV: outputs,
        ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${port}/token?api-version=2.0`,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'of the run',
      };
      for (const { name, run } of steps.filter((step) => step.run !== undefined && step.name !== 'Install Spack')) {
        const options = { cwd: work, env, extendEnv: false, all: true, reject: false } as const;
        const { exitCode, all } = await execa('bash', ['-e', '-o', 'pipefail', '-c', run ?? ''], options);
        expect({ name, exitCode, all }).toMatchObject({ exitCode: 0 });
        const set = (await readFile(outputs, 'utf8')).split('\n').filter((line) => line.includes('='));
        env = { ...env, ...Object.fromEntries(set.map((line) => line.split(/=(.*)/s).slice(0, 2))) };
      }
      expect(asked).toEqual([`bearer of the run ${own.server.url}`]);
      const mirror = `${own.server.url}/mirrors/${stackName}`;
      for (const node of [gauge, tide])
        expect(await (await fetch(`${mirror}/${manifestKey(node)}`)).text()).toContain('BEGIN PGP SIGNED MESSAGE');
      expect(await own.finalStatus(head, 'slipway/external')).toMatchObject({ state: 'success' });
    } finally {
      server?.close();
      await own.close();
    }
  });
});

describe('an ID token', () => {
  test.each([
    ['of another audience', { aud: 'https://other.example.org' }, 403, 'IDENTITY_NOT_ALLOWED'],
    ['of another project', { project_path: 'eve/stack' }, 403, 'IDENTITY_NOT_ALLOWED'],
    ['that has expired', { exp: 1_700_000_000 }, 401, 'IDENTITY_TOKEN_INVALID'],
    [
      'of a commit that the repository lacks',
      { pipeline_id: '7', sha: '1'.repeat(40) },
      403,
      'EXTERNAL_COMMIT_REFUSED',
    ],
  ])('%s is refused', async (_name, claims, status, code) => {
    expect(await exchange(claims)).toMatchObject({ status, body: { code } });
  });

  test('of another key, or of none, is refused', async () => {
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const [, payload = ''] = (await issuer.gitlabToken({ sha })).split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
    for (const token of [await issuer.sign(claims, { key: 'foreign' }), `${part({ alg: 'none' })}.${payload}.`, ''])
      expect(await exchange({}, { token })).toMatchObject({ status: 401, body: { code: 'IDENTITY_TOKEN_INVALID' } });
  });

  test('is accepted once', async () => {
    const token = await issuer.gitlabToken({ sha, pipeline_id: '2001' });
    expect(await exchange({}, { token })).toMatchObject({ status: 201 });
    expect(await exchange({}, { token })).toMatchObject({ status: 401, body: { code: 'IDENTITY_TOKEN_REPLAYED' } });
  });

  test('binds all jobs of a pipeline to one lock', async () => {
    const first = await exchange({ pipeline_id: '2002' });
    expect(first).toMatchObject({
      status: 201,
      body: { SLIPWAY_TRUST: 'protected', SLIPWAY_LOCK: lockDigest(lockText) },
    });
    const foreign = await exchange({ pipeline_id: '2002' }, { lock: writeLockfile(foreignLock) });
    expect(foreign).toMatchObject({ status: 403, body: { code: 'EXTERNAL_LOCK_CHANGED' } });
    const log = [...readAudit(served.server.folder.audit, { action: 'identity.exchange' })];
    const who = `identity:${new URL(issuer.url).host}/lab/stack`;
    expect(log.slice(-2)).toMatchObject([
      { who, stack: stackName, outcome: 'done', details: { external: '2002', ref: 'refs/heads/main', sha } },
      { who, outcome: 'refused', reason: expect.stringContaining('EXTERNAL_LOCK_CHANGED') },
    ]);
    const same = await exchange({ pipeline_id: '2002' }, { digest: lockDigest(lockText) });
    expect(same).toMatchObject({ status: 201, body: { SLIPWAY_PIPELINE: first.body['SLIPWAY_PIPELINE'] } });
    const child = { pipeline_id: '2003', pipeline_source: 'parent_pipeline', ci_config_ref_uri: null };
    const joined = await exchange(child, { digest: lockDigest(lockText) });
    expect(joined).toMatchObject({ status: 201, body: { SLIPWAY_PIPELINE: first.body['SLIPWAY_PIPELINE'] } });
    const unknown = await exchange({ pipeline_id: '2004' }, { digest: 'f'.repeat(64) });
    expect(unknown).toMatchObject({ status: 409, body: { code: 'EXTERNAL_LOCK_MISSING' } });
    const broken = await exchange({ pipeline_id: '2004' }, { lock: lockText.replaceAll('"gauge"', '"gouge"') });
    expect(broken).toMatchObject({ status: 400, body: { code: 'EXTERNAL_LOCK_INVALID' } });
  });

  test('allows packages of the lock, and no others, until the pipeline ends', async () => {
    const { body } = await exchange({ pipeline_id: '2005' });
    await push(body, tide);
    await expect(push(body, [...foreignLock.nodes.values()][0] as SpecNode, foreignLock)).rejects.toThrow(/lock/);
    const store = await storeFromUrl(`s3://${stackName}`, body);
    for (const key of ['v3/manifests/index/index.manifest.json', 'pr/7/blobs/x', 'v3/layout.json'])
      await expect(store.put(key, Buffer.from('{}'))).rejects.toThrow();
    expect(await finish(`${body['SLIPWAY_PIPELINE_TOKEN']}x`)).toMatchObject({ status: 401 });
    expect(await finish(body['SLIPWAY_PIPELINE_TOKEN'], 'failed')).toMatchObject({ status: 200 });
    expect(await finish(body['SLIPWAY_PIPELINE_TOKEN'], 'failed')).toMatchObject({ status: 200 });
    expect(await finish(body['SLIPWAY_PIPELINE_TOKEN'])).toMatchObject({ status: 409 });
    await expect(push(body, gauge)).rejects.toThrow();
    // A retried job goes on with the same lock.
    expect(await exchange({ pipeline_id: '2005' }, { lock: writeLockfile(foreignLock) })).toMatchObject({
      status: 403,
    });
    expect(await exchange({ pipeline_id: '2005' })).toMatchObject({ status: 201 });
  });

  test.each([
    ['of an unprotected ref', { ref_protected: 'false', pipeline_id: '3001' }, 'pull-request'],
    ['of a merge request', { pipeline_source: 'merge_request_event', pipeline_id: '3002' }, 'untrusted'],
  ])('%s pushes unsigned, below a prefix of its own, and triggers no image', async (_name, claims, trust) => {
    const before = served.publications().length;
    const { body } = await exchange(claims);
    expect(body).toMatchObject({ SLIPWAY_TRUST: trust });
    expect(body['SLIPWAY_MIRROR']).toMatch(/^s3:\/\/small-stack\/pr\/branch-[0-9a-f]{16}$/);
    await push(body, tide);
    const prefix = body['SLIPWAY_MIRROR']?.replace(`s3://${stackName}/`, '');
    const reader = await storeFromUrl(body['SLIPWAY_MIRROR'] ?? '', body);
    expect((await reader.get(manifestKey(tide)))?.toString()).not.toContain('PGP');
    const root = await storeFromUrl(`s3://${stackName}`, body);
    await expect(root.put(manifestKey(tide), Buffer.from('{}'))).rejects.toThrow(new RegExp(prefix as string));
    expect(await finish(body['SLIPWAY_PIPELINE_TOKEN'])).toMatchObject({ status: 200 });
    await served.server.coordinator.settle();
    expect(served.publications()).toHaveLength(before);
  });

  test('whose pipeline begins as protected cannot go on unprotected', async () => {
    expect(await exchange({ pipeline_id: '3003' })).toMatchObject({ status: 201 });
    const { status, body } = await exchange({ pipeline_id: '3003', ref_protected: 'false' });
    expect({ status, body }).toMatchObject({ status: 403, body: { code: 'EXTERNAL_TRUST_CHANGED' } });
  });
});

describe('an ID token of GitHub Actions', () => {
  const sign = (claims: Readonly<Record<string, unknown>>) =>
    github.sign({ ...githubClaims(github.url), sha, ...claims });
  const ask = async (claims: Readonly<Record<string, unknown>>, lock?: string) =>
    exchange({}, { token: await sign(claims), lock });

  test.each([
    ['of another audience', { aud: 'https://other.example.org' }, 403, 'IDENTITY_NOT_ALLOWED'],
    ['of another repository', { repository: 'eve/stack' }, 403, 'IDENTITY_NOT_ALLOWED'],
    ['that has expired', { exp: 1_700_000_000 }, 401, 'IDENTITY_TOKEN_INVALID'],
  ])('%s is refused', async (_name, claims, status, code) => {
    expect(await ask(claims)).toMatchObject({ status, body: { code } });
  });

  test('is accepted once', async () => {
    const token = await sign({ run_id: '5001' });
    expect(await exchange({}, { token })).toMatchObject({ status: 201, body: { SLIPWAY_TRUST: 'protected' } });
    expect(await exchange({}, { token })).toMatchObject({ status: 401, body: { code: 'IDENTITY_TOKEN_REPLAYED' } });
  });

  test('binds all jobs of a run to one lock', async () => {
    expect(await ask({ run_id: '5002' })).toMatchObject({ status: 201 });
    const foreign = await ask({ run_id: '5002' }, writeLockfile(foreignLock));
    expect(foreign).toMatchObject({ status: 403, body: { code: 'EXTERNAL_LOCK_CHANGED' } });
  });

  test('of an unprotected ref pushes unsigned, and not to the protected mirror', async () => {
    const { body } = await ask({ run_id: '5003', ref_protected: 'false' });
    expect(body).toMatchObject({ SLIPWAY_TRUST: 'pull-request' });
    await push(body, tide);
    const reader = await storeFromUrl(body['SLIPWAY_MIRROR'] ?? '', body);
    expect((await reader.get(manifestKey(tide)))?.toString()).not.toContain('PGP');
    const root = await storeFromUrl(`s3://${stackName}`, body);
    await expect(root.put(manifestKey(tide), Buffer.from('{}'))).rejects.toThrow(/pr\/branch-/);
  });
});
