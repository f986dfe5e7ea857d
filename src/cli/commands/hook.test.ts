import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { collectedTerminal } from '../../../test/support/collected-terminal.ts';
import { gitRemote, type GitRemote } from '../../../test/support/git-remote.ts';
import { main } from '../main.ts';

const entries = [{ name: 'hook', summary: 'hooks', load: () => import('./hook.ts') }];

describe('slipway hook', () => {
  let remote: GitRemote;
  beforeEach(async () => {
    remote = await gitRemote();
  });
  afterEach(() => remote.dispose());

  async function run(...words: readonly string[]) {
    const { terminal, stdout, stderr } = collectedTerminal();
    const context = {
      env: { PATH: process.env.PATH },
      cwd: remote.folder,
      terminal,
      signal: new AbortController().signal,
    };
    return { status: await main(['hook', ...words], context, entries), stdout: stdout(), stderr: stderr() };
  }

  test('install writes a hook that notifies, and remove takes it away', async () => {
    const hook = join(remote.path, 'hooks', 'post-receive');
    const installed = await run(
      'install',
      'remote.git',
      '--url',
      'http://127.0.0.1:7777',
      '--stack',
      'first-light',
      '--json',
    );
    expect(installed).toMatchObject({ status: 0, stdout: `${JSON.stringify({ path: hook, outcome: 'installed' })}\n` });
    const text = await readFile(hook, 'utf8');
    expect(text).toContain("url='http://127.0.0.1:7777/hooks/git/first-light'");
    expect(text).toContain("'hook' 'notify' '--url' 'http://127.0.0.1:7777' '--stack' 'first-light'");
    expect(await run('remove', 'remote.git')).toMatchObject({ status: 0, stdout: `${hook}: removed\n` });
  });

  test('install with a token makes the hook report who pushed; a token alone reports nothing', async () => {
    const server = ['--url', 'http://127.0.0.1:7777', '--stack', 'first-light'];
    const who = ['--token-file', 'token', '--actor', 'REMOTE_USER'];
    expect((await run('install', 'remote.git', ...server, ...who)).status).toBe(0);
    expect(await readFile(join(remote.path, 'hooks', 'post-receive'), 'utf8')).toContain(
      `'--token-file' '${join(remote.folder, 'token')}' '--actor' 'REMOTE_USER'`,
    );
    const words = ['install', 'remote.git', ...server, '--token-file', 'token', '--actor', '1; rm'];
    expect(await run(...words)).toMatchObject({ status: 2, stderr: expect.stringContaining('variable') as string });
    const alone = await run('install', 'remote.git', ...server, '--token-file', 'token');
    expect(alone).toMatchObject({ status: 2, stderr: expect.stringContaining('go together') as string });
  });

  test('a folder that is no repository is refused with a remedy', async () => {
    const result = await run('install', '.', '--url', 'http://x', '--stack', 's');
    expect(result.status).toBe(2);
    expect(result.stderr).toContain('FORGE_HOOK_NOT_LOCAL');
    expect(result.stderr).toContain('hint: ');
  });

  test('notify makes the server check the remote', async () => {
    const requests: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      requests.push(`${request.method} ${request.url}`);
      response.writeHead(202).end();
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as { port: number };
    const result = await run('notify', '--url', `http://127.0.0.1:${port}/`, '--stack', 'first-light');
    await new Promise((done) => server.close(done));
    expect([result.status, requests]).toEqual([0, ['POST /hooks/git/first-light']]);
    expect((await run('notify', '--url', `http://127.0.0.1:${port}`, '--stack', 's')).status).toBe(1);
  });
});
