import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AwsClient } from 'aws4fetch';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLogger } from '../../../test/support/silent-logger.ts';
import { sha256 } from '../../kit/index.ts';
import { folderStore, type ObjectStore } from '../../mirror/index.ts';
import { gatewayRoutes } from './gateway.ts';
import type { GatewayPort } from './gateway-port.ts';
import type { MirrorGrant } from '../../coordinator/index.ts';

let folder: string;
let store: ObjectStore;
const writes = { hashes: new Set<string>(), buckets: ['stack'] };
const ofRequest: MirrorGrant = { ...writes, job: '1', readPrefixes: ['', 'pr/7/'], writePrefix: 'pr/7/' };
const ofBranch: MirrorGrant = { ...writes, job: '2', readPrefixes: [''], writePrefix: '' };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-location-'));
  store = folderStore(join(folder, 'mirror'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** The store of a mirror at an address of S3. */
function at(url: string): ObjectStore {
  return {
    url,
    get: (key) => store.get(key),
    open: (key) => store.open(key),
    head: (key) => store.head(key),
    put: (key, body, options) => store.put(key, body, options),
    list: (prefix) => store.list(prefix),
  };
}

async function ask(path: string, grant: MirrorGrant, init: RequestInit & { url?: string } = {}): Promise<Response> {
  const { url = 's3://builds/site/mirror', ...request } = init;
  const port: GatewayPort = {
    credentials: async () => ({ secretAccessKey: 'secret', grant }),
    store: (bucket) => (bucket === 'stack' ? at(url) : undefined),
    acceptManifest: async () => undefined,
    scratch: join(folder, 'scratch'),
    kept: join(folder, 'kept'),
    log: silentLogger,
  };
  const keys = { accessKeyId: 'AK', secretAccessKey: 'secret', service: 's3', region: 'us-east-1', retries: 0 };
  const signed = await new AwsClient(keys).sign(`http://127.0.0.1:7777/s3/${path}`, request);
  return gatewayRoutes(port).fetch(signed);
}

const textAt = async (path: string, grant: MirrorGrant) => (await ask(path, grant)).text();
const blob = (text: string) => `blobs/sha256/${sha256(text).slice(0, 2)}/${sha256(text)}`;

test('a mirror answers to the address that it has in S3, and the protected branch writes there', async () => {
  const put = await ask(`builds/site/mirror/${blob('tide')}`, ofBranch, { method: 'PUT', body: 'tide' });
  expect(put.status).toBe(200);
  expect((await store.get(blob('tide')))?.toString()).toBe('tide');
  expect(await textAt(`builds/site/mirror/${blob('tide')}`, ofBranch)).toBe('tide');
  expect(await textAt(`stack/${blob('tide')}`, ofBranch)).toBe('tide');
});

test('a pull request sees its own root over the protected one, and writes to its own', async () => {
  await store.put('v3/shared', Buffer.from('protected'));
  await store.put('v3/own', Buffer.from('protected'));
  await store.put('pr/7/v3/own', Buffer.from('of the request'));
  await store.put('pr/8/v3/other', Buffer.from('of another'));
  expect(await textAt('builds/site/mirror/v3/shared', ofRequest)).toBe('protected');
  expect(await textAt('builds/site/mirror/v3/own', ofRequest)).toBe('of the request');
  expect((await ask('builds/site/mirror/pr/8/v3/other', ofRequest)).status).toBe(403);
  expect((await ask(`builds/site/mirror/${blob('a')}`, ofRequest, { method: 'PUT', body: 'a' })).status).toBe(200);
  expect(await store.head(blob('a'))).toBeUndefined();
  expect((await store.get(`pr/7/${blob('a')}`))?.toString()).toBe('a');
});

test('a list names objects as the request does, each once', async () => {
  for (const key of ['v3/a', 'v3/c', 'pr/7/v3/a', 'pr/7/v3/b', 'pr/8/v3/d']) await store.put(key, Buffer.from(key));
  const keysOf = (text: string) => [...text.matchAll(/<Key>([^<]+)<\/Key>/g)].map(([, key]) => key);
  const listed = await textAt('builds?list-type=2&prefix=site%2Fmirror%2Fv3%2F', ofRequest);
  expect(keysOf(listed)).toEqual(['a', 'b', 'c'].map((name) => `site/mirror/v3/${name}`));
  expect(listed).toContain('<Name>builds</Name>');
  expect(keysOf(await textAt('builds?list-type=2&prefix=site%2Fmirror', ofBranch))).toEqual([
    'site/mirror/v3/a',
    'site/mirror/v3/c',
  ]);
});

test.each(['builds/site/other/v3/a', 'builds/v3/a', 'builds/site/mirror', 'elsewhere/site/mirror/v3/a'])(
  'what else the bucket may hold, as `%s`, is not there for jobs',
  async (path) => {
    await store.put('v3/a', Buffer.from('a'));
    expect((await ask(path, ofBranch)).status).toBe(403);
  },
);

test('a whole bucket is a mirror too, also where the stack has its name', async () => {
  await store.put('v3/a', Buffer.from('a'));
  expect(await (await ask('builds/v3/a', ofBranch, { url: 's3://builds' })).text()).toBe('a');
  expect(await (await ask('stack/v3/a', ofBranch, { url: 's3://stack' })).text()).toBe('a');
  expect(await (await ask('stack/in/v3/a', ofRequest, { url: 's3://stack/in' })).text()).toBe('a');
  expect(await (await ask('stack/v3/a', ofRequest, { url: 's3://stack/in' })).text()).toBe('a');
});
