import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { SMTPServer } from 'smtp-server';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDemoRepository } from '../../src/demo/demo-repository.ts';
import { programEntry } from '../../src/kit/package-root.ts';
import { Database, createNotificationLedger } from '../../src/store/index.ts';
import { httpReceiver, type HttpReceiver } from '../support/http-receiver.ts';
import { asStarted, killServer, listenings } from '../support/server-process.ts';
import { testSigningKey } from '../support/served-stack.ts';

const KEY = Buffer.alloc(32, 3).toString('base64');
const tls = (name: string) => join(import.meta.dirname, '../fixtures/tls', name);

let folder: string;
let env: NodeJS.ProcessEnv;
let receiver: HttpReceiver;
let server: ChildProcess | undefined;
let repository: Awaited<ReturnType<typeof createDemoRepository>>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-notifications-'));
  receiver = await httpReceiver();
  env = { ...asStarted, PATH: process.env.PATH, SPACK_SIGNING_KEY: await testSigningKey(), HOOK: `whsec_${KEY}` };
  repository = await createDemoRepository(join(folder, 'git'), process.env.PATH);
});
afterEach(async () => {
  if (server !== undefined && server.exitCode === null && server.signalCode === null) {
    const exited = once(server, 'exit');
    server.kill('SIGTERM');
    await exited;
  }
  await receiver.close();
  await rm(folder, { recursive: true, force: true });
});

const webhook = () => ({
  name: 'hook',
  webhook: { url: receiver.url, secret: { env: 'HOOK' } },
  allowPrivate: true,
});
const configure = (more: object) =>
  writeFile(join(folder, 'slipway.server.yaml'), JSON.stringify({ data: 'data', listen: '127.0.0.1:0', ...more }));

async function serve(): Promise<string> {
  const words = [programEntry(), 'serve', '--log-level', 'error'];
  server = spawn(process.execPath, words, { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const { value } = await listenings(server).next();
  return value as string;
}

/** The events that arrived, by the ids of their messages. Throws if a signature is wrong. */
function arrived(): ReadonlyMap<string, readonly string[]> {
  return new Map(
    receiver.requests.map(({ body, headers }) => {
      const payload = new Webhook(KEY).verify(body, headers as Record<string, string>);
      const { events } = (payload as { data: { events: { type: string; title: string }[] } }).data;
      return [String(headers['webhook-id']), events.map(({ type }) => type)];
    }),
  );
}

async function commit(script: string): Promise<void> {
  await writeFile(join(repository.work, '.gitlab-ci.yml'), `only: { script: [${JSON.stringify(script)}] }\n`);
  await repository.commitAndPush('main', `Run ${script}`);
}

test('a server killed between a failure and its delivery delivers it after the next start, and its end once', async () => {
  const runners = [{ name: 'embedded', embedded: true, sandbox: 'never' }];
  const stacks = [{ name: 'lab', remote: repository.remote, poll: 1, notifications: [webhook()] }];
  await configure({ stacks, runners });
  await commit('exit 3');
  receiver.answer = { status: 503 };
  const url = await serve();
  await expect.poll(() => receiver.requests.length).toBeGreaterThan(0);
  await killServer(server as ChildProcess, join(folder, 'data'));
  const [[id, types] = []] = [...arrived()];
  expect(types).toEqual(['pipeline.failed']);
  expect(JSON.parse(receiver.requests[0]?.body ?? '')).toMatchObject({
    data: {
      events: [
        { title: 'lab: The pipeline of `main` failed', url: expect.stringMatching(`^${url}/jobs/1(?:#L[0-9]+)?$`) },
      ],
    },
  });
  receiver.answer = { status: 200 };
  const attempts = receiver.requests.length;
  // The next attempt is due half a minute after the last one; a time in the past stands for the wait.
  const database = new Database(join(folder, 'data', 'slipway.db'));
  const ledger = createNotificationLedger(database);
  const { waiting, attempts: failed, problem = '', failingSince, isReported } = ledger.state('hook');
  expect(waiting).toBe(1);
  // The server may have been killed before it recorded the answer.
  if (failingSince !== undefined)
    ledger.setFailure('hook', { attempts: failed, problem, failingSince, isReported, retryAt: failingSince });
  database.close();
  await serve();
  await expect.poll(() => receiver.requests.length).toBe(attempts + 1);
  expect([...arrived()]).toEqual([[id, ['pipeline.failed']]]);
  await commit('exit 0');
  await expect.poll(() => [...arrived().values()].flat()).toContain('pipeline.recovered');
  expect([...arrived().values()]).toEqual([['pipeline.failed'], ['pipeline.recovered']]);
  // The server records the answer after the receiver has sent it.
  const listed = async () => (await execa(process.execPath, [programEntry(), 'notify'], { cwd: folder, env })).stdout;
  await expect.poll(listed).toBe('hook  stack lab  0 waiting');
});

test('`slipway notify test` sends a message to each kind of destination, and prints the answer', async () => {
  const [cert, key] = [await readFile(tls('certificate.pem')), await readFile(tls('key.pem'))];
  const mails: string[] = [];
  const smtp = new SMTPServer({
    cert,
    key,
    onAuth: ({ username = '', password }, _session, done) =>
      password === 'hunter2' ? done(null, { user: username }) : done(new Error('wrong password')),
    onData: (stream, session, done) => {
      stream.resume().on('end', () => {
        mails.push(`${session.secure ? 'TLS' : 'clear'} ${String(session.user)}`);
        done();
      });
    },
  });
  smtp.on('error', () => undefined);
  smtp.listen(0, '127.0.0.1');
  const slack = createTlsServer({ cert, key }, (request, response) => {
    request.resume().on('end', () => response.end(request.url === '/services/x' ? 'ok' : 'no_service'));
  });
  slack.listen(0, '127.0.0.1');
  await Promise.all([once(smtp.server, 'listening'), once(slack, 'listening')]);
  const portOf = (one: { address(): unknown }) => (one.address() as AddressInfo).port;
  const from = { from: 'slipway@example.org', username: 'slipway', password: { env: 'PASSWORD' }, allowPrivate: true };
  await configure({
    notifications: [
      webhook(),
      { name: 'team', slack: { url: { env: 'SLACK' } }, allowPrivate: true },
      { name: 'ops', email: { to: ['ops@example.org'] } },
      { name: 'closed', slack: { url: { env: 'SLACK' } } },
    ],
    smtp: { host: 'localhost', port: portOf(smtp.server), ...from },
  });
  const known = {
    ...env,
    SLACK: `https://localhost:${portOf(slack)}/services/x`,
    PASSWORD: 'hunter2',
    NODE_EXTRA_CA_CERTS: tls('certificate.pem'),
  };
  const send = (name: string, variables: object = {}) =>
    execa(process.execPath, [programEntry(), 'notify', 'test', name], {
      cwd: folder,
      env: { ...known, ...variables },
      reject: false,
    });
  try {
    expect((await send('hook')).stdout).toBe('hook: 200 ok');
    expect([...arrived().values()]).toEqual([['test']]);
    expect((await send('team')).stdout).toBe('team: 200 ok');
    expect((await send('ops')).stdout).toMatch(/^ops: 250 /);
    expect(mails).toEqual(['TLS slipway']);
    const wrong = await send('ops', { PASSWORD: 'letmein' });
    expect([wrong.exitCode, wrong.stderr]).toEqual([1, expect.stringContaining('NOTIFICATION_REFUSED')]);
    expect(wrong.stderr).not.toContain('letmein');
    const closed = await send('closed');
    expect([closed.exitCode, closed.stderr]).toEqual([2, expect.stringContaining('NOTIFICATION_HOST_REFUSED')]);
    const misspelled = await send('teams');
    expect([misspelled.exitCode, misspelled.stderr]).toEqual([2, expect.stringContaining('Did you mean `team`?')]);
    const invalid = await send('hook', { HOOK: 'whsec_c2hvcnQ=' });
    expect([invalid.exitCode, invalid.stderr]).toEqual([2, expect.stringContaining('NOTIFICATION_SECRET_INVALID')]);
  } finally {
    slack.close();
    await new Promise<void>((done) => {
      smtp.close(() => done());
    });
  }
});
