import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AwsClient } from 'aws4fetch';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeFolder } from '../../../test/support/remove-folder.ts';
import { silentLogger } from '../../../test/support/silent-logger.ts';
import { sha256 } from '../../kit/index.ts';
import { folderStore } from '../../mirror/index.ts';
import { listen, type Listener } from '../listen.ts';
import { gatewayRoutes } from './gateway.ts';

// Over a socket the bytes come from Node's own stream, in process from a web stream: the other tests go in process.
const client = new AwsClient({ accessKeyId: 'AK', secretAccessKey: 'secret', service: 's3', region: 'us-east-1' });
const blob = randomBytes(3 * 2 ** 20 + 17);
const key = `blobs/sha256/${sha256(blob).slice(0, 2)}/${sha256(blob)}`;

let folder = '';
let server: Listener;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-gateway-'));
  const store = folderStore(join(folder, 'mirror'), { durable: false });
  const grant = { job: '1', buckets: ['stack'], readPrefixes: [''], writePrefix: '', hashes: new Set<string>() };
  const app = gatewayRoutes({
    credentials: async () => ({ secretAccessKey: 'secret', grant }),
    store: () => store,
    acceptManifest: async () => undefined,
    scratch: join(folder, 'scratch'),
    kept: join(folder, 'kept'),
    log: silentLogger,
  });
  server = await listen(app, { address: '127.0.0.1:0' });
});
afterEach(async () => {
  await server.close();
  // The gateway may still be removing the upload of a client that disconnected.
  await removeFolder(folder);
});

const address = (path = key) => `${server.url}/s3/stack/${path}`;

test('a large blob comes in and goes out over a socket, whole and in part', async () => {
  const put = await client.fetch(address(), { method: 'PUT', body: blob });
  expect([put.status, put.headers.get('etag')]).toEqual([200, `"${createHash('md5').update(blob).digest('hex')}"`]);
  const whole = await client.fetch(address());
  expect(Buffer.from(await whole.arrayBuffer()).equals(blob)).toBe(true);
  const part = await client.fetch(address(), { headers: { range: `bytes=2000000-${blob.length - 2}` } });
  expect(part.status).toBe(206);
  expect(Buffer.from(await part.arrayBuffer()).equals(blob.subarray(2_000_000, -1))).toBe(true);
  expect(await readdir(join(folder, 'scratch'))).toEqual([]);
});

test('a blob that is refused is read to its end, so that the client hears why', async () => {
  const other = address(key.replace(/[0-9a-f]{64}$/, `${key.slice(13, 15)}${'0'.repeat(62)}`));
  const put = await client.fetch(other, { method: 'PUT', body: blob });
  expect([put.status, await put.text()]).toEqual([400, expect.stringContaining('<Code>BadDigest</Code>')]);
});

test('a client that goes away in the middle leaves nothing', async () => {
  const signed = await client.sign(address(), { method: 'PUT', headers: { 'x-amz-content-sha256': sha256(blob) } });
  const headers = { ...Object.fromEntries(signed.headers), 'content-length': String(blob.length) };
  const call = request(address(), { method: 'PUT', headers });
  call.on('error', () => undefined);
  await new Promise((resolve) => call.write(blob.subarray(0, 2 ** 21), resolve));
  call.destroy();
  await expect.poll(() => readdir(join(folder, 'scratch')).catch(() => ['not yet']), { timeout: 60_000 }).toEqual([]);
  expect((await client.fetch(address())).status).toBe(404);
});
