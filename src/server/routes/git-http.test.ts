import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { serve, type ServerType } from '@hono/node-server';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gitRemote, type GitRemote } from '../../../test/support/git-remote.ts';
import { gitForge } from '../../forge/index.ts';
import { silentLogger } from '../../../test/support/silent-logger.ts';
import { gitHttpRoutes } from './git-http.ts';

describe('git over HTTP for jobs', () => {
  let remote: GitRemote;
  let server: ServerType;
  let origin: string;
  let sha: string;
  const repository = () => join(remote.folder, 'copy.git');
  const app = gitHttpRoutes(
    (project, token) => (project === 'lab/stack' && token === 'job:7' ? repository() : undefined),
    { log: silentLogger },
  );

  beforeAll(async () => {
    remote = await gitRemote();
    await remote.commit('refs/heads/main', { 'a.txt': 'x'.repeat(3_000_000) });
    await remote.commit('refs/pull/3/head', { secret: 'of another request' }, 'refs/heads/main');
    const forge = gitForge({
      remote: remote.path,
      repository: repository(),
      defaultBranch: 'main',
      log: silentLogger,
      isProtected: () => false,
      numberFor: () => '1',
    });
    sha = (await forge.poll(new Map())).refs.get('refs/heads/main') ?? '';
    await forge.keep('12', sha);
    await new Promise<void>((resolve) => {
      server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => {
        origin = `127.0.0.1:${port}`;
        resolve();
      });
    });
  });
  afterAll(async () => {
    await new Promise((resolve) => server.close(resolve));
    await remote.dispose();
  });

  async function clone(refspec: string, ...options: readonly string[]) {
    const folder = await mkdtemp(join(remote.folder, 'job-'));
    const environment = { GIT_TERMINAL_PROMPT: '0', GIT_CONFIG_GLOBAL: '/dev/null' };
    const git = (...args: readonly string[]) => execa('git', args, { cwd: folder, env: environment, reject: false });
    await git('init', '--quiet');
    await git('remote', 'add', 'origin', `http://gitlab-ci-token:job%3A7@${origin}/lab/stack.git`);
    const result = await git(...options, 'fetch', '--quiet', '--depth', '1', 'origin', refspec);
    return { result, git };
  }

  test.each(['version=2', 'version=0'])('a job fetches the commit of its pipeline (%s)', async (version) => {
    const { result, git } = await clone('+refs/pipelines/12:refs/pipelines/12', '-c', `protocol.${version}`);
    expect(result.stderr).toBe('');
    expect((await git('rev-parse', 'refs/pipelines/12')).stdout).toBe(sha);
  });

  test('a job may fetch by the commit itself', async () => {
    const { result, git } = await clone(`+${sha}:refs/pipelines/12`, '-c', 'protocol.version=0');
    expect(result.exitCode).toBe(0);
    expect((await git('cat-file', '-s', 'refs/pipelines/12:a.txt')).stdout).toBe('3000000');
  });

  test('other pull requests are not listed', async () => {
    const { result } = await clone('+refs/pull/3/head:refs/pull/3/head');
    expect(result.stderr).toContain("couldn't find remote ref refs/pull/3/head");
  });

  test('the first request without credentials is asked for them', async () => {
    const response = await app.request('/lab/stack.git/info/refs?service=git-upload-pack');
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Basic realm="slipway"');
  });

  test.each([
    ['another token', 'lab/stack', 'gitlab-ci-token:other'],
    ['another project', 'lab/other', 'gitlab-ci-token:job:7'],
    ['another user', 'lab/stack', 'root:job:7'],
  ])('%s is refused', async (_what, project, credentials) => {
    const headers = { Authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
    const response = await app.request(`/${project}.git/info/refs?service=git-upload-pack`, { headers });
    expect(response.status).toBe(401);
  });

  test('pushing is refused', async () => {
    const { git } = await clone('refs/heads/main');
    const pushed = await git('push', 'origin', 'FETCH_HEAD:refs/heads/mine');
    expect(pushed.stderr).toContain('403');
    expect((await app.request('/lab/stack.git/git-receive-pack', { method: 'POST' })).status).toBe(403);
  });

  test('a request may be gzipped, and a broken one ends without hanging', async () => {
    const headers = {
      Authorization: `Basic ${Buffer.from('gitlab-ci-token:job:7').toString('base64')}`,
      'Content-Type': 'application/x-git-upload-pack-request',
      'Content-Encoding': 'gzip',
      'Git-Protocol': 'version=2',
    };
    const body = gzipSync('0014command=ls-refs\n00010009peel\n0000');
    const good = await app.request('/lab/stack.git/git-upload-pack', { method: 'POST', headers, body });
    expect(await good.text()).toContain(`${sha} refs/heads/main`);
    const bad = await app.request('/lab/stack.git/git-upload-pack', { method: 'POST', headers, body: 'no gzip' });
    await expect(bad.text()).rejects.toThrow();
  });
});
