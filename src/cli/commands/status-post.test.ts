import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { collectedTerminal } from '../../../test/support/collected-terminal.ts';
import { main } from '../main.ts';

const SHA = 'a'.repeat(40);

describe('slipway status post', () => {
  let server: Server;
  let url: string;
  let said: { path: string | undefined; token: unknown; body: unknown }[];

  beforeEach(async () => {
    said = [];
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        response.setHeader('content-type', 'application/json');
        if (request.method === 'GET') {
          const isGitlab = request.url?.startsWith('/projects/') === true;
          return void response.end(isGitlab ? '[]' : '{"statuses":[]}');
        }
        const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
        const { authorization, 'private-token': token = authorization } = request.headers;
        said.push({ path: request.url, token, body });
        response.writeHead(201).end('{"id":1}');
      });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  });
  afterEach(() => new Promise((done) => server.close(done)));

  async function run(env: Readonly<Record<string, string>>, ...words: readonly string[]) {
    const { terminal, stdout, stderr } = collectedTerminal();
    const context = { env, cwd: '/', terminal, signal: new AbortController().signal };
    return { status: await main(['status', 'post', ...words], context), stdout: stdout(), stderr: stderr() };
  }
  const words = ['--repository', 'lab/stack', '--state', 'success', '--context', 'site', '--description', 'Built'];

  test('reports from a job of GitLab, which supplies the commit and the link', async () => {
    const env = { GITHUB_TOKEN: 'token', CI_COMMIT_SHA: SHA, CI_JOB_URL: 'https://gitlab.example.org/j/1' };
    const result = await run(env, ...words, '--api-url', url, '--json');
    expect(result.stderr).toBe('');
    expect(JSON.parse(result.stdout)).toMatchObject({ repository: 'lab/stack', sha: SHA, state: 'success' });
    const body = { state: 'success', context: 'site', description: 'Built', target_url: env.CI_JOB_URL };
    expect(said).toEqual([
      { path: `/repos/lab/stack/statuses/${SHA}`, token: expect.stringMatching(/ token$/i) as string, body },
    ]);
  });

  test('reports to a project on GitLab', async () => {
    const env = { GITLAB_TOKEN: 'token', CI_COMMIT_SHA: SHA };
    const result = await run(env, '--forge', 'gitlab', ...words, '--api-url', `${url}/`);
    expect(result).toEqual({ status: 0, stdout: 'lab/stack aaaaaaaa  site  success\n', stderr: '' });
    const body = { state: 'success', name: 'site', description: 'Built' };
    expect(said).toEqual([{ path: `/projects/lab%2Fstack/statuses/${SHA}`, token: 'token', body }]);
  });

  test('reports nothing without a token, a commit, or a state that GitHub knows', async () => {
    expect((await run({ CI_COMMIT_SHA: SHA }, ...words, '--api-url', url)).stderr).toContain('CLI_TOKEN_MISSING');
    expect((await run({ GITHUB_TOKEN: 'token' }, ...words, '--api-url', url)).stderr).toContain('--sha');
    const odd = await run({ GITHUB_TOKEN: 'token', CI_COMMIT_SHA: SHA }, ...words, '--state', 'done', '--api-url', url);
    expect([odd.status, odd.stderr]).toEqual([2, expect.stringContaining('`done` is no state')]);
    expect(said).toEqual([]);
  });
});
