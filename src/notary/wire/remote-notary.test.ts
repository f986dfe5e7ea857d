import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { Secret, SlipwayError, type Wait } from '../../kit/index.ts';
import { silentLogger } from '../../../test/support/silent-logger.ts';
import { lockDigest } from '../../spack/index.ts';
import { LockCache } from '../signing/lock-cache.ts';
import { notaryError } from '../errors.ts';
import type { SigningService, SigningRequest } from '../port.ts';
import { wireFailure } from './messages.ts';
import { notaryApp } from './notary-app.ts';
import { NotaryConnection } from './notary-connection.ts';
import { remoteNotary } from './remote-notary.ts';

const LOCK = JSON.stringify({
  _meta: { 'file-type': 'spack-lockfile', 'lockfile-version': 6, 'specfile-version': 5 },
  roots: [],
  concrete_specs: {},
});
const digest = lockDigest(LOCK);
const token = new Secret('let me in');
const request: SigningRequest = {
  stack: 'lab',
  pipeline: '7',
  job: '9',
  lockDigest: digest,
  readLock: async () => LOCK,
  key: 'v3/manifests/spec/a/a-1-b.spec.manifest.json',
  manifest: '{}',
};

let path: string;
let seen: unknown[];
let server: Server | undefined;
const connections: NotaryConnection[] = [];

/** A signing service that knows no packages: only the messages there and back are tested. */
function signing(): SigningService & { readonly locks: LockCache } {
  const locks = new LockCache();
  return {
    locks,
    attest: async (received) => {
      await locks.allowed(received.lockDigest, received.readLock);
      if (received.key === 'refused') throw notaryError('NOTARY_NAME_REFUSED', { key: received.key });
      if (received.key === 'broken') throw new Error('the disk is on fire at /secret/place');
      seen.push(received);
      return { manifest: 'signed', already: false, specFile: 'spec file' };
    },
    renew: async () => ({ manifest: 'signed again', already: false }),
    recordIdentity: async ({ token: shown }) => ({ until: shown.length }),
    signStatement: async ({ text }) => `signed ${text}`,
    signImage: async () => ({ signature: 'abc', publicKey: 'PEM' }),
    usedNumbers: async (stack) => ({ pipeline: stack === 'lab' ? 12 : 0, job: 34 }),
    knownKeys: async () => ({ keys: [{ fingerprint: 'F', publicKey: 'P', state: 'signing' }], imageKey: 'PEM' }),
  };
}

async function listen(): Promise<void> {
  const app = notaryApp({ signing: signing(), token, log: silentLogger });
  server = createServer(getRequestListener(app.fetch));
  await new Promise<void>((done) => server?.listen(path, done));
}

async function stop(): Promise<void> {
  await new Promise((done) => {
    server?.close(done);
    server?.closeAllConnections();
  });
}

function connect(more: { token?: Secret; wait?: Wait } = {}): SigningService {
  const made = new NotaryConnection({
    address: () => `unix:${path}`,
    token,
    wait: async () => undefined,
    random: () => 0.5,
    ...more,
  });
  connections.push(made);
  return remoteNotary(made);
}

beforeEach(async () => {
  path = join(await temporaryFolder(), 'socket');
  seen = [];
  await listen();
});
afterEach(async () => {
  for (const one of connections.splice(0)) await one.close();
  await stop();
});

describe('a notary in another process', () => {
  test('answers as one in this process, and is sent the lock once, when it asks', async () => {
    const remote = connect();
    let received = 0;
    const counted = { ...request, readLock: async () => (received++, LOCK) };
    for (const withSpecFile of [true, false])
      expect(await remote.attest({ ...counted, withSpecFile })).toEqual({
        manifest: 'signed',
        already: false,
        specFile: 'spec file',
      });
    expect(received).toBe(1);
    expect(seen).toMatchObject([{ stack: 'lab', pipeline: '7', job: '9', lockDigest: digest, manifest: '{}' }, {}]);
    const name = { stack: 'lab', name: 'a', version: '1', hash: 'abcdefghijklmnopqrstuvwxyz234567' };
    expect(await remote.renew(name)).toEqual({ manifest: 'signed again', already: false });
    const identity = { stack: 'lab', pipeline: '7', token: 'shown', lockDigest: digest };
    expect(await remote.recordIdentity(identity)).toEqual({ until: 5 });
    expect(await remote.signStatement({ stack: 'lab', root: '', text: 'index' })).toBe('signed index');
    const image = { stack: 'lab', pipeline: '7', payload: '{}', documents: ['{}'] };
    const locks = [{ digest, readLock: async () => LOCK }];
    expect(await remote.signImage({ ...image, locks })).toMatchObject({ signature: 'abc' });
    expect((await remote.knownKeys()).keys).toHaveLength(1);
  });

  test('refuses in its own words, and keeps to itself what went wrong inside', async () => {
    const remote = connect();
    await expect(remote.attest({ ...request, key: 'refused' })).rejects.toMatchObject({
      code: 'NOTARY_NAME_REFUSED',
      status: 403,
      hint: expect.stringContaining('Push to'),
    });
    const failure = await remote.attest({ ...request, key: 'broken' }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(SlipwayError);
    expect(String(failure)).not.toContain('secret');
  });

  test('refuses a lock that is another than its digest says', async () => {
    await expect(connect().attest({ ...request, readLock: async () => `${LOCK} ` })).rejects.toMatchObject({
      code: 'NOTARY_LOCK_WRONG',
    });
  });

  test('reveals nothing without its token', async () => {
    await expect(connect({ token: new Secret('guess') }).knownKeys()).rejects.toMatchObject({
      code: 'NOTARY_TOKEN_WRONG',
      status: 401,
    });
  });

  test('does not take requests that are none', async () => {
    await expect(connect().attest({ ...request, pipeline: '../7' })).rejects.toMatchObject({
      code: 'NOTARY_REQUEST_INVALID',
    });
  });

  test('is waited for while it is started again, and received again what was cut off', async () => {
    await stop();
    const pauses: number[] = [];
    const remote = connect({
      wait: async (pause) => {
        pauses.push(pause);
        if (pauses.length === 3) await listen();
      },
    });
    expect((await remote.attest(request)).manifest).toBe('signed');
    expect(pauses).toEqual([50, 100, 200]);
  });

  test('is sent the lock again when it was started again after it had it', async () => {
    const connection = new NotaryConnection({ address: () => `unix:${path}`, token });
    connections.push(connection);
    let restarts = 0;
    const remote = remoteNotary({
      send: async (received) => {
        const answer = await connection.send(received);
        if (received.method === 'PUT' && restarts < 2) {
          restarts += 1;
          await stop();
          await listen();
        }
        return answer;
      },
    });
    expect((await remote.attest(request)).manifest).toBe('signed');
    expect([restarts, seen.length]).toEqual([2, 1]);
  });

  test('that never keeps the lock is not sent it forever', async () => {
    const body = JSON.stringify(wireFailure(notaryError('NOTARY_LOCK_UNKNOWN', { lock: digest })));
    const received: string[] = [];
    const forgetful = remoteNotary({
      send: async ({ path: to, method }) => {
        received.push(to);
        return method === 'PUT' ? { status: 204, body: '' } : { status: 409, body };
      },
    });
    await expect(forgetful.attest(request)).rejects.toMatchObject({ code: 'NOTARY_LOCK_UNKNOWN' });
    expect(received.filter((to) => to === '/v1/attest')).toHaveLength(11);
  });

  test('that stays away is an error which says so, and that it may be tried again', async () => {
    await stop();
    await expect(connect().attest(request)).rejects.toMatchObject({
      code: 'NOTARY_UNREACHABLE',
      status: 503,
      details: { address: `unix:${path}`, reason: 'ENOENT' },
    });
    await listen();
  });
});
