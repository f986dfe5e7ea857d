import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, FormData, fetch as request } from 'undici';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDemoRepository } from '../../src/demo/demo-repository.ts';
import { programEntry } from '../../src/kit/package-root.ts';
import { bindSocket } from '../../src/server/index.ts';
import { asStarted, listenings, serverPid, untilGone } from '../support/server-process.ts';
import { testSigningKey } from '../support/served-stack.ts';

const TOKEN = 'glrt-restart-0123456789';

let folder: string;
let env: NodeJS.ProcessEnv;
let server: ChildProcess;
const data = () => join(folder, 'data');

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'slipway-restart-')));
  env = { ...asStarted, PATH: process.env.PATH, SPACK_SIGNING_KEY: await testSigningKey(), TOKEN };
  const repository = await createDemoRepository(join(folder, 'git'), process.env.PATH);
  await writeFile(join(repository.work, '.gitlab-ci.yml'), 'a: { script: x }\nb: { script: x }\n');
  await repository.commitAndPush('main', 'Bring jobs');
  const runners = [{ name: 'away', token: { env: 'TOKEN' } }];
  const stacks = [{ name: 'lab', remote: repository.remote, poll: 1 }];
  await configure({ data: 'data', listen: '127.0.0.1:0', runners, stacks });
});
afterEach(async () => {
  const exited = server.exitCode === null && server.signalCode === null ? once(server, 'exit') : undefined;
  server.kill('SIGTERM');
  await exited;
  await rm(folder, { recursive: true, force: true });
});

const configure = (configuration: object) =>
  writeFile(join(folder, 'slipway.server.yaml'), JSON.stringify(configuration));

function serve(...flags: readonly string[]): AsyncGenerator<string, undefined> {
  const words = [programEntry(), 'serve', '--log-level', 'error', ...flags];
  server = spawn(process.execPath, words, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  return listenings(server);
}

interface Job {
  readonly id: number;
  readonly token: string;
}

function requestJob(url: string): Promise<Response> {
  return fetch(`${url}/api/v4/jobs/request`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ token: TOKEN }),
  });
}

async function takeJob(url: string): Promise<Job> {
  for (;;) {
    const answer = await requestJob(url);
    if (answer.status === 201) return (await answer.json()) as Job;
    expect(answer.status).toBe(204);
    await sleep(50);
  }
}

function finish(url: string, { id, token }: Job): Promise<Response> {
  return fetch(`${url}/api/v4/jobs/${id}`, {
    method: 'PUT',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ token, state: 'success' }),
  });
}

async function untilDraining(url: string): Promise<void> {
  await expect.poll(async () => (await fetch(`${url}/readyz`)).text()).toBe('draining\n');
}

/** Uses a connection of its own: one that is kept for the next request breaks when the server is killed. */
function upload(url: string, { id, token }: Job) {
  const body = new FormData();
  body.set('file', new Blob(['what the job made']), 'artifacts.zip');
  const query = 'artifact_type=archive&artifact_format=zip';
  return request(`${url}/api/v4/jobs/${id}/artifacts?${query}`, {
    dispatcher: new Agent(),
    method: 'POST',
    headers: { 'JOB-TOKEN': token },
    body,
  });
}

test('an upload that begins while a killed server is away waits for the next one, and succeeds', async () => {
  const urls = serve();
  const url = String((await urls.next()).value);
  const job = await takeJob(url);
  const first = await serverPid(data());
  process.kill(first, 'SIGKILL');
  await untilGone(first);
  const answer = await upload(url, job);
  expect(answer.status).toBe(201);
  expect((await urls.next()).value).toBe(url);
  expect(await serverPid(data())).not.toBe(first);
});

test('a hangup replaces the server, and what is asked meanwhile waits', async () => {
  const urls = serve();
  const url = String((await urls.next()).value);
  const job = await takeJob(url);
  const first = await serverPid(data());
  server.kill('SIGHUP');
  await untilGone(first);
  expect((await upload(url, job)).status).toBe(201);
  expect((await urls.next()).value).toBe(url);
  // A configuration with a fault replaces nothing.
  const second = await serverPid(data());
  await configure({ listen: 'nowhere' });
  const said = createInterface({ input: server.stderr as NodeJS.ReadableStream });
  server.kill('SIGHUP');
  for await (const line of said) if (line.includes('new configuration is not valid')) break;
  expect([await serverPid(data()), (await fetch(`${url}/api/v1/stacks`)).status]).toEqual([second, 200]);
});

test('a socket that systemd hands over is listened on, by the very process that got it', async () => {
  const socket = await bindSocket('127.0.0.1:0');
  const words = ['-c', 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"', 'sh', process.execPath, programEntry(), 'serve'];
  server = spawn('sh', [...words, '--log-level', 'fatal'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'inherit', socket.fd],
  });
  const url = String((await listenings(server).next()).value);
  expect(await serverPid(data())).toBe(server.pid);
  const first = server;
  const job = await takeJob(url);
  first.kill('SIGKILL');
  await once(first, 'exit');
  const waiting = upload(url, job);
  server = spawn('sh', [...words, '--log-level', 'fatal'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'inherit', socket.fd],
  });
  expect((await waiting).status).toBe(201);
  socket.close();
});

test('with --drain, a signal ends the server when its last job has ended, and no more are assigned', async () => {
  const url = String((await serve('--drain').next()).value);
  const job = await takeJob(url);
  const exited = once(server, 'exit');
  server.kill('SIGTERM');
  await untilDraining(url);
  expect((await requestJob(url)).status).toBe(204);
  expect((await finish(url, job)).status).toBe(200);
  expect(await exited).toEqual([0, null]);
});

test('a second signal, and the time for it, end a drain; a job on another machine goes on at the next server', async () => {
  const first = String((await serve('--drain').next()).value);
  const job = await takeJob(first);
  const pid = await serverPid(data());
  const killed = once(server, 'exit');
  server.kill('SIGTERM');
  await untilDraining(first);
  server.kill('SIGTERM');
  expect(await killed).toEqual([130, null]);
  await untilGone(pid);
  await serve('--drain-timeout', '0.001').next();
  const ended = once(server, 'exit');
  server.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  const last = String((await serve().next()).value);
  expect((await finish(last, job)).status).toBe(200);
});
