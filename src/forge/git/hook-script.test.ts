import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hookScript, type HookServer } from './hook-script.ts';

const SHA = 'a'.repeat(40);
const NONE = '0'.repeat(40);
const pushed = [
  `${NONE} ${SHA} refs/heads/main`,
  `${NONE} ${SHA} refs/tags/"v1"`,
  `${SHA} ${NONE} refs/heads/removed`,
  `${NONE} ${SHA} refs/notes/commits`,
].join('\n');

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-hook-'));
  await mkdir(join(folder, 'bin'));
  for (const name of ['cat', 'mv', 'sed', 'tr'])
    await symlink((await execa('sh', ['-c', `command -v ${name}`])).stdout, join(folder, 'bin', name));
  await writeFile(join(folder, "it's token"), 'secret token\n');
});
afterEach(() => rm(folder, { recursive: true }));

/** A `curl` that notes its words, its input and the headers of descriptor 3, a call after the other. */
async function fakeCurl(exitCode = 0): Promise<void> {
  await program(
    'curl',
    `{ echo "$@"; case "$*" in *@-*) cat; echo; cat <&3;; esac; } >>'${folder}/calls.part'
case "$*" in *@-*) [ ${exitCode} = 0 ] || exit ${exitCode};; esac
mv '${folder}/calls.part' '${folder}/calls'`,
  );
}

async function program(name: string, text: string): Promise<void> {
  await writeFile(join(folder, 'bin', name), `#!/bin/sh\n${text}\n`);
  await chmod(join(folder, 'bin', name), 0o755);
}

/** Runs the hook as git does, and returns what it reported. */
async function run(server: Partial<HookServer>, env: Record<string, string> = {}): Promise<string> {
  const whole = { url: 'http://127.0.0.1:7777/', stack: 'my stack', ...server };
  const fallback = ['notify', 'a $HOME b'];
  const text = hookScript({ server: whole, fallback, kept: '.before', mark: '# mark' });
  const options = { input: pushed, env: { PATH: join(folder, 'bin'), ...env }, extendEnv: false };
  await execa('/bin/sh', ['-c', text, join(folder, 'post-receive')], options);
  const calls = () => readFile(join(folder, 'calls'), 'utf8').catch(() => '');
  await expect.poll(calls, { timeout: 120_000 }).not.toBe('');
  return calls();
}

const who = (): HookServer['who'] => ({ tokenFile: join(folder, "it's token"), variable: 'REMOTE_USER' });

test('a push wakes the server by a POST that names the stack', async () => {
  await fakeCurl();
  expect(await run({})).toMatch(/ -X POST http:\/\/127\.0\.0\.1:7777\/hooks\/git\/my%20stack\n$/);
});

test('who pushed which branches and tags is reported with the token, which no word of a command shows', async () => {
  await fakeCurl();
  const [words = '', ...rest] = (await run({ who: who() }, { REMOTE_USER: 'a"d\\a\n' })).split('\nAuthorization: ');
  const [command = '', ...body] = words.split('\n');
  expect(command).not.toContain('secret');
  expect(JSON.parse(body.join('\n'))).toEqual({
    actor: 'a"d\\a',
    pushes: [
      { ref: 'refs/heads/main', sha: SHA },
      { ref: 'refs/tags/"v1"', sha: SHA },
    ],
  });
  expect(rest).toEqual(['Bearer secret token\nContent-Type: application/json\n']);
});

test('a server that does not believe who pushed is woken without that', async () => {
  await fakeCurl(22);
  expect((await run({ who: who() }, { REMOTE_USER: 'ada' })).trimEnd()).toMatch(/ -X POST [^\n]*$/);
});

test.each([[{}], [{ REMOTE_USER: '' }]])('where the pusher is unknown, none is named: %j', async (env) => {
  await fakeCurl();
  expect(await run({ who: who() }, env)).not.toContain('actor');
});

test('without curl the command runs, with its words as they were given', async () => {
  await program('notify', `{ echo "$1"; cat; } >'${folder}/part' && mv '${folder}/part' '${folder}/calls'`);
  expect(await run({})).toBe(`a $HOME b\n${pushed}\n`);
});
