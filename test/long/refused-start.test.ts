import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { programEntry } from '../../src/kit/package-root.ts';
import { asStarted, killServer, serverPid } from '../support/server-process.ts';
import { testSigningKey } from '../support/served-stack.ts';

let folder: string;
let env: NodeJS.ProcessEnv;
const started = new Set<ChildProcess>();

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'slipway-start-')));
  env = { ...asStarted, PATH: process.env.PATH, SPACK_SIGNING_KEY: await testSigningKey() };
});
afterEach(async () => {
  for (const child of started) {
    const exited = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
    child.kill('SIGTERM');
    await exited;
  }
  started.clear();
  await rm(folder, { recursive: true, force: true });
});

function start(...words: string[]): ChildProcess {
  const child = spawn(process.execPath, [programEntry(), 'serve', '--log-level', 'silent', ...words], {
    cwd: folder,
    env,
  });
  started.add(child);
  return child;
}

/** Runs `slipway serve` to its end, which is to be a refusal. */
async function refused(...words: string[]): Promise<{ status: number | null; stderr: string; stdout: string }> {
  const child = start(...words);
  const text = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => (text.stdout += String(chunk)));
  child.stderr?.on('data', (chunk: Buffer) => (text.stderr += String(chunk)));
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, stderr: text.stderr.replaceAll(folder, '<folder>'), stdout: text.stdout };
}

async function listening(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    const url = /^listening on (\S+)$/.exec(line)?.[1];
    if (url !== undefined) return url;
  }
  throw new Error('the server ended before it listened');
}

test('a configuration that is no YAML is refused with its place, and nothing is made', async () => {
  await writeFile(join(folder, 'slipway.server.yaml'), 'data: data\nstacks:\n  - name: [broken\n');
  const { status, stderr, stdout } = await refused();
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toBe(
    '<folder>/slipway.server.yaml:4:1: error: A bracket or quote is not closed, or the line is not indented enough. [YAML_SYNTAX]\n' +
      '  hint: Check the indentation, quotes and brackets on this line and above it.\n',
  );
  await expect(readFile(join(folder, 'data', 'slipway.db'))).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a configuration that says what it cannot is refused with the place of each fault', async () => {
  await writeFile(
    join(folder, 'slipway.server.yaml'),
    'listen: nowhere\nstacks:\n  - name: ok-name\n    remote: x\n    colour: red\n',
  );
  const { status, stderr } = await refused();
  expect(status).toBe(2);
  expect(stderr).toMatch(
    /slipway\.server\.yaml:1:1: error: `listen`: must be an address and a port, as in 127\.0\.0\.1:8080\. \[/,
  );
  expect(stderr).toMatch(/slipway\.server\.yaml:5:5: error: `stacks\[0\]`: unknown key `colour`\. \[/);
});

test('a busy port is named, with a way out', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const address = `127.0.0.1:${(holder.address() as AddressInfo).port}`;
  const { status, stderr } = await refused('--data', 'data', '--listen', address);
  holder.close();
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr:
      `error: The address \`${address}\` is already in use by another program. [SERVER_PORT_IN_USE]\n` +
      'hint: Stop that program, or choose another port with `--listen` (port 0 selects a free one).\n',
  });
});

test('a data folder that cannot be made is named at once', async () => {
  const { status, stderr } = await refused('--data', '/proc/nope', '--listen', '127.0.0.1:0');
  expect(status).toBe(1);
  expect(stderr).toMatch(
    /^error: The data folder `\/proc\/nope` cannot be used: ENOENT.* \[STORE_FOLDER_UNUSABLE\]\nhint: /,
  );
});

test('an address that is not of this machine is named', async () => {
  // RFC 5737: an address that is not assigned.
  const { status, stderr } = await refused('--data', 'data', '--listen', '192.0.2.1:8080');
  expect(status).toBe(2);
  expect(stderr).toMatch(
    /^error: The server cannot listen on `192\.0\.2\.1:8080`: .*EADDRNOTAVAIL.* \[SERVER_ADDRESS_UNUSABLE\]\nhint: Use an address of this machine/,
  );
});

test('a second server on the same data is refused, and the first goes on', async () => {
  const first = start('--data', 'data', '--listen', '127.0.0.1:0');
  const url = await listening(first);
  const holder = await serverPid(join(folder, 'data'));
  const { status, stderr } = await refused('--data', 'data', '--listen', '127.0.0.1:0');
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr:
      `error: The data folder \`<folder>/data\` is in use by a running server (process ${holder}). [STORE_IN_USE]\n` +
      'hint: Stop that server first, or use another data folder.\n',
  });
  expect((await fetch(`${url}/api/v1/stacks`)).status).toBe(200);
});

test('a signing key that cannot be read ends the server, and is named', async () => {
  env = { ...env, SPACK_SIGNING_KEY: 'no key' };
  const { status, stderr } = await refused('--data', 'data', '--listen', '127.0.0.1:0');
  expect(status).toBe(2);
  expect(stderr).toMatch(/^error: The signing key cannot be read: .* \[NOTARY_KEY_UNREADABLE\]\n/);
});

test('the notary of a server that was killed is waited for', async () => {
  const first = start('--data', 'data', '--listen', '127.0.0.1:0');
  await listening(first);
  const lock = await readFile(join(folder, 'data', 'notary', 'server.lock'), 'utf8');
  const { pid: notary } = JSON.parse(lock) as { pid: number };
  // It does not notice the end of its server.
  process.kill(notary, 'SIGSTOP');
  await killServer(first, join(folder, 'data'));
  const next = start('--data', 'data', '--listen', '127.0.0.1:0', '--log-level', 'warn');
  let stderr = '';
  const waits = new Promise<void>((resolve) => {
    next.stderr?.on('data', (chunk: Buffer) => {
      stderr += String(chunk);
      if (stderr.includes('waiting until it ends')) resolve();
    });
  });
  await Promise.race([waits, once(next, 'exit')]);
  process.kill(notary, 'SIGCONT');
  expect(stderr).toContain('waiting until it ends');
  const url = await listening(next);
  expect((await fetch(`${url}/api/v1/stacks`)).status).toBe(200);
});

test('a data folder that others could read is closed to them', async () => {
  await mkdir(join(folder, 'data'), { mode: 0o755 });
  await listening(start('--data', 'data', '--listen', '127.0.0.1:0'));
  const modes = ['data', 'data/slipway.db'].map(async (path) =>
    ((await stat(join(folder, path))).mode & 0o777).toString(8),
  );
  expect(await Promise.all(modes)).toEqual(['700', '600']);
});
