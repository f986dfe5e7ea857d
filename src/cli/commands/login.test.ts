import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { collectedTerminal } from '../../../test/support/collected-terminal.ts';
import { openLab } from '../../../test/support/coordinator.ts';
import { serveLab } from '../../../test/support/lab-gateway.ts';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import type { CreatedToken } from '../../protocol/index.ts';
import type { CommandContext } from '../command.ts';
import { main } from '../main.ts';

/** A server with a private stack, a home folder, and a function that runs commands in it. */
async function prepare() {
  const lab = await openLab({ stack: { private: true } });
  const gateway = await serveLab(lab);
  onTestFinished(() => gateway.close());
  const home = await temporaryFolder();
  const run = async (words: readonly string[], more: Partial<CommandContext> = {}) => {
    const { terminal, stdout, stderr } = collectedTerminal();
    const context = { env: { HOME: home }, cwd: home, terminal, signal: new AbortController().signal, ...more };
    const status = await main(words, context);
    return { status, stdout: stdout(), stderr: stderr() };
  };
  const create = ['token', 'create', '--name', 'ada', '--stack', 'lab', '--json', '--data', lab.folder.root];
  const { token } = JSON.parse((await run(create)).stdout) as CreatedToken;
  return { run, url: gateway.url, home, token };
}

test('a server and a token from standard input are stored for this user alone, used, and removed', async () => {
  const { run, url, home, token } = await prepare();
  const before = await run(['quota', '--stack', 'lab', '--url', url]);
  expect(before.stderr).toContain('SERVER_SIGN_IN_NEEDED');
  const login = await run(['login', `${url}/`], { input: () => Promise.resolve(`${token}\n`) });
  expect(login).toMatchObject({ status: 0, stdout: `${url} knows you as token ada\n` });
  const file = join(home, '.config/slipway/servers.json');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await run(['quota', '--stack', 'lab'])).toMatchObject({ status: 0, stderr: '' });
  expect((await run(['quota', '--stack', 'lab', '--verbose'])).stderr).toMatch(
    new RegExp(
      `^Server: ${url} \\(from \`slipway login\`\\)\nAccess token: from \`slipway login\`\nGET ${url}/api/.*: 200 `,
    ),
  );
  expect((await run(['login', '--list'])).stdout).toBe(`* ${url}  token ada\n`);
  expect((await run(['login', '--list', '--json'])).stdout).not.toContain(token);
  expect(await run(['logout'])).toMatchObject({ status: 0, stdout: `${url} is removed\n` });
  expect((await run(['logout'])).stderr).toContain('CLI_LOGIN_UNKNOWN');
  expect((await run(['quota', '--stack', 'lab', '--url', url])).stderr).toContain('SERVER_SIGN_IN_NEEDED');
});

test('a person at a terminal is asked, without the answer being shown', async () => {
  const { run, url, token } = await prepare();
  let asked: unknown[] = [];
  const prompt = (...all: unknown[]) => {
    asked = all;
    return Promise.resolve(token);
  };
  expect((await run(['login', url], { prompt })).status).toBe(0);
  expect(asked).toEqual([`Access token for ${url} (not shown): `, { isHidden: true }]);
});

test('a token that the server does not know, and an address that is none, are refused', async () => {
  const { run, url } = await prepare();
  const wrong = await run(['login', url], { input: () => Promise.resolve('slipway_wrong') });
  expect([wrong.status, wrong.stderr]).toEqual([1, expect.stringMatching(/401|CLI_LOGIN_REFUSED/)]);
  expect((await run(['login', 'ci.example.org'])).stderr).toContain('is not an address with http://');
  expect((await run(['login', '--list'])).stderr).toBe('No server is stored.\n');
});

test('a stored token goes to its own server only', async () => {
  const { run, url, token } = await prepare();
  await run(['login', url], { input: () => Promise.resolve(token) });
  const other = await prepare();
  expect((await run(['quota', '--stack', 'lab', '--url', other.url])).stderr).toContain('SERVER_SIGN_IN_NEEDED');
});
