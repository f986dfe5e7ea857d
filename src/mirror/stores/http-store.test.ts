import { createServer, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { gather } from '../../../test/support/gather.ts';
import { temporaryFolder, tinyLock, tinyTarball } from '../../../test/support/mirror-package.ts';
import { IndexPublisher } from '../catalog/index-publisher.ts';
import { listEntries } from '../catalog/list.ts';
import { readEntry } from '../entries/entry.ts';
import { installEntry } from '../entries/install.ts';
import { pushEntry } from '../layouts/push.ts';
import { folderStore } from './folder-store.ts';
import { httpStore } from './http-store.ts';

const lock = tinyLock();
const { gauge, tide } = lock;

/** A web server in front of a mirror; the next answers may be others. */
async function served() {
  const folder = await temporaryFolder();
  const store = folderStore(join(folder, 'mirror'), { durable: false });
  for (const node of [tide, gauge])
    await pushEntry(store, { lock, hash: node.hash, tarball: await tinyTarball(folder, lock, node) });
  await new IndexPublisher(store).rebuild();
  const faults: number[] = [];
  const seen: string[] = [];
  const fetch = async (url: string, init: RequestInit) => {
    seen.push(`${init.method} ${url}`);
    const fault = faults.shift();
    if (fault !== undefined) return new Response('', { status: fault });
    const bytes = await store.get(decodeURIComponent(new URL(url).pathname.slice('/lab/'.length)));
    if (bytes === undefined) return new Response('', { status: 404 });
    const headers = { 'content-length': String(bytes.length), etag: '"1"' };
    return new Response(init.method === 'HEAD' ? null : new Uint8Array(bytes), { headers });
  };
  const web = httpStore('https://mirror.example.org/lab/', { fetch, retry: { baseMs: 0 } });
  return { folder, store, web, faults, seen };
}

test('a mirror behind a web server is listed by its index, read and installed', async () => {
  const { folder, web } = await served();
  expect((await gather(listEntries(web))).map(({ name }) => name)).toEqual(['gauge', 'tide']);
  const entry = (await readEntry(web, gauge, { requireSignature: false }))!;
  await installEntry(web, entry, { folder: join(folder, 'installed') });
  expect(await readEntry(web, { ...gauge, hash: 'a'.repeat(32) }, { requireSignature: false })).toBeUndefined();
  expect(await buffer((await web.open('v3/manifests/index/index.manifest.json'))!)).not.toHaveLength(0);
});

test('it is tried again where that may help, and cannot be written', async () => {
  const { web, faults, seen } = await served();
  faults.push(503, 429);
  expect(await web.get('nothing')).toBeUndefined();
  expect(seen).toEqual(Array.from({ length: 3 }, () => 'GET https://mirror.example.org/lab/nothing'));
  faults.push(403);
  await expect(web.get('nothing')).rejects.toMatchObject({ code: 'MIRROR_STORE_DENIED' });
  await expect(web.put('a', Buffer.from('x'))).rejects.toMatchObject({ code: 'MIRROR_STORE_READ_ONLY' });
  await expect(web.get('../a')).rejects.toMatchObject({ code: 'MIRROR_KEY_INVALID' });
});

/** A web server that breaks every connection off after so many bytes of an object. */
async function breaking(
  bytes: Buffer,
  after: number,
  headersOf: (asked: IncomingMessage) => Record<string, string>,
): Promise<{ web: ReturnType<typeof httpStore>; asked: IncomingMessage['headers'][] }> {
  const asked: IncomingMessage['headers'][] = [];
  const server = createServer((request, response) => {
    asked.push(request.headers);
    const said = headersOf(request);
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const isKnown = [undefined, said.etag].includes(request.headers['if-match']);
    if (!isKnown) return response.writeHead(412).end();
    const range = from === 0 ? {} : { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` };
    response.writeHead(from === 0 ? 200 : 206, { 'content-length': String(bytes.length - from), ...range, ...said });
    return response.write(bytes.subarray(from, from + after), () => setImmediate(() => request.socket.destroy()));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { web: httpStore(`http://127.0.0.1:${port}`, { retry: { baseMs: 0 } }), asked };
}

const bytes = Buffer.alloc(300_000, 'the tide comes in and goes out ');

test('a download whose connection is cut goes on with the byte where it stopped, of the same object', async () => {
  const { web, asked } = await breaking(bytes, 100_000, () => ({ etag: '"one"' }));
  expect((await buffer((await web.open('blob'))!)).equals(bytes)).toBe(true);
  expect(asked.length).toBeGreaterThan(2);
  expect(asked.map((headers) => headers['if-match'])).toEqual([undefined, ...asked.slice(1).map(() => '"one"')]);
});

test('where a tag says little, the time of the last change must be the same', async () => {
  const date = new Date(0).toUTCString();
  const { web, asked } = await breaking(bytes, 200_000, () => ({ etag: 'W/"one"', 'last-modified': date }));
  expect((await buffer((await web.open('blob'))!)).equals(bytes)).toBe(true);
  expect(asked.at(-1)).toMatchObject({ 'if-unmodified-since': date });
});

test.each([
  ['an object that has changed', (request: IncomingMessage) => ({ etag: request.headers.range ? '"two"' : '"one"' })],
  ['another part than the one that was asked for', () => ({ etag: '"one"', 'content-range': 'bytes 7-299999/300000' })],
])('%s is not put together with what came before', async (_, headersOf) => {
  const { web } = await breaking(bytes, 100_000, headersOf);
  await expect(buffer((await web.open('blob'))!)).rejects.toMatchObject({ code: 'MIRROR_STORE_REQUEST_FAILED' });
});

test('connections that bring not one byte more are given up', async () => {
  const { web, asked } = await breaking(bytes, 0, () => ({ etag: '"one"' }));
  await expect(buffer((await web.open('blob'))!)).rejects.toThrow('the connection ended after 0 of 300000 bytes');
  expect(asked.length).toBeLessThan(50);
});
