import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AwsClient } from 'aws4fetch';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sha256 } from '../../kit/index.ts';
import { silentLogger } from '../../../test/support/silent-logger.ts';
import { folderStore, type ObjectStore } from '../../mirror/index.ts';
import type { GatewayPort } from './gateway-port.ts';
import { gatewayRoutes } from './gateway.ts';
import type { MirrorGrant } from '../../coordinator/index.ts';

const TEXT = 'slip-way!-and-more';
const KEY = `pr/7/blobs/sha256/${sha256(TEXT).slice(0, 2)}/${sha256(TEXT)}`;
const grant: MirrorGrant = {
  job: '42',
  buckets: ['stack'],
  readPrefixes: ['', 'pr/7/'],
  writePrefix: 'pr/7/',
  hashes: new Set(),
};
const md5 = (bytes: string | Buffer) => createHash('md5').update(bytes);

let folder: string;
let store: ObjectStore;
let known: Set<string>;
let port: GatewayPort;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-multipart-'));
  store = folderStore(join(folder, 'mirror'), { durable: false });
  known = new Set(['AKJOB', 'AKOTHER']);
  port = {
    credentials: async (id) => (known.has(id) ? { secretAccessKey: 'secret', grant } : undefined),
    store: () => store,
    acceptManifest: async () => {},
    scratch: join(folder, 'scratch'),
    kept: join(folder, 'kept'),
    minPartBytes: 6,
    log: silentLogger,
  };
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Each call has a gateway of its own: what an upload needs outlives a restart. */
async function ask(query: string, init: RequestInit & { id?: string; key?: string } = {}): Promise<Response> {
  const { id = 'AKJOB', key = KEY, ...rest } = init;
  const client = new AwsClient({
    accessKeyId: id,
    secretAccessKey: 'secret',
    service: 's3',
    region: 'moon-1',
    retries: 0,
  });
  return gatewayRoutes(port).fetch(await client.sign(`http://127.0.0.1:7777/s3/stack/${key}?${query}`, rest));
}

const codeOf = async (response: Promise<Response>) => {
  const answer = await response;
  return `${answer.status} ${/<Code>(\w+)<\/Code>/.exec(await answer.text())?.[1]}`;
};
const begin = async (options = {}) =>
  /<UploadId>(\w+)</.exec(await (await ask('uploads', { method: 'POST', ...options })).text())?.[1] ?? '';
const put = (id: string, number: number, body: string, options = {}) =>
  ask(`partNumber=${number}&uploadId=${id}`, { method: 'PUT', body, ...options });
const listOf = (parts: readonly (readonly [number, string])[]) => {
  const list = parts.map(
    ([n, text]) => `<Part><PartNumber>${n}</PartNumber><ETag>"${md5(text).digest('hex')}"</ETag></Part>`,
  );
  return `<CompleteMultipartUpload>${list.join('')}</CompleteMultipartUpload>`;
};
const complete = (id: string, parts: readonly (readonly [number, string])[]) =>
  ask(`uploadId=${id}`, { method: 'POST', body: listOf(parts) });
const PARTS = [
  [1, 'slip-way'],
  [2, '!-and-more'],
] as const;

describe('an upload in parts', () => {
  test('becomes one object with a tag of the parts, in whatever order they came', async () => {
    const id = await begin();
    for (const [number, text] of PARTS.toReversed())
      expect((await put(id, number, text)).headers.get('etag')).toBe(`"${md5(text).digest('hex')}"`);
    const answer = await (await complete(id, PARTS)).text();
    const tag = `${md5(Buffer.concat(PARTS.map(([, text]) => md5(text).digest()))).digest('hex')}-2`;
    expect(answer).toContain(tag);
    expect((await store.get(KEY))?.toString()).toBe(TEXT);
    expect((await ask('', { method: 'HEAD' })).headers.get('etag')).toBe(`"${tag}"`);
    expect(await readdir(join(folder, 'scratch'))).toEqual([]);
    // A client that did not hear the answer asks again.
    expect(await (await complete(id, PARTS)).text()).toBe(answer);
  });

  test('asked for twice at once becomes one object, and both hear of it', async () => {
    const id = await begin();
    for (const [number, text] of PARTS) await put(id, number, text);
    const routes = gatewayRoutes(port);
    const client = new AwsClient({ accessKeyId: 'AKJOB', secretAccessKey: 'secret', service: 's3', region: 'moon-1' });
    const post = async (body: RequestInit['body']) => {
      const headers = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };
      const signed = await client.sign(`http://127.0.0.1:7777/s3/stack/${KEY}?uploadId=${id}`, {
        method: 'POST',
        headers,
      });
      const init = { method: 'POST', headers: signed.headers, body, duplex: 'half' };
      return routes.fetch(new Request(signed.url, init as RequestInit));
    };
    const slow = new TransformStream<Uint8Array, Uint8Array>();
    const writer = slow.writable.getWriter();
    const second = post(slow.readable);
    // It has been taken in when it begins to read.
    await writer.write(Buffer.from(listOf(PARTS).slice(0, 20)));
    const first = await (await post(listOf(PARTS))).text();
    await writer.write(Buffer.from(listOf(PARTS).slice(20)));
    await writer.close();
    expect(first).toContain('<ETag>');
    expect(await (await second).text()).toBe(first);
  });

  test('lists what has arrived, so that a client resumes there; a part may come again', async () => {
    const id = await begin();
    await put(id, 1, 'wrong-one');
    await put(id, 1, 'slip-way');
    const parts = await (await ask(`uploadId=${id}`)).text();
    expect([...parts.matchAll(/<PartNumber>(\d+)<.*?<Size>(\d+)</g)].map(([, n, size]) => [n, size])).toEqual([
      ['1', '8'],
    ]);
    const all = await (await ask('uploads', { key: '' })).text();
    expect(all).toContain(id);
    await put(id, 2, '!-and-more');
    expect((await complete(id, PARTS)).status).toBe(200);
  });

  test('is refused where the parts are not what the list says', async () => {
    const id = await begin();
    await put(id, 1, 'slip-way');
    await put(id, 2, '!-and-more');
    expect(await codeOf(complete(id, PARTS.toReversed()))).toBe('400 InvalidPartOrder');
    expect(await codeOf(complete(id, [[1, 'other']]))).toBe('400 InvalidPart');
    expect(await codeOf(complete(id, [...PARTS, [3, 'none']]))).toBe('400 InvalidPart');
    expect(await codeOf(ask(`uploadId=${id}`, { method: 'POST', body: '<Complete' }))).toBe('400 MalformedXML');
    await put(id, 1, 'tiny');
    expect(await codeOf(complete(id, [[1, 'tiny'], PARTS[1]]))).toBe('400 EntityTooSmall');
    await put(id, 1, 'SLIP-WAY');
    expect(await codeOf(complete(id, [[1, 'SLIP-WAY'], PARTS[1]]))).toBe('400 BadDigest');
    expect(await store.head(KEY)).toBeUndefined();
  });

  test('keeps the limits of sizes and numbers', async () => {
    const id = await begin();
    port = { ...port, maxObjectBytes: 12 };
    expect((await put(id, 1, 'slip-way')).status).toBe(200);
    expect(await codeOf(put(id, 2, '!-and-more'))).toBe('400 EntityTooLarge');
    expect(await codeOf(put(id, 10_001, 'x'))).toBe('400 InvalidArgument');
    expect(await codeOf(put(id, 0, 'x'))).toBe('400 InvalidArgument');
  });

  test('that was aborted is gone, with its parts', async () => {
    const id = await begin();
    await put(id, 1, 'slip-way');
    expect((await ask(`uploadId=${id}`, { method: 'DELETE' })).status).toBe(204);
    expect(await codeOf(complete(id, PARTS))).toBe('404 NoSuchUpload');
    expect(await readdir(join(folder, 'kept', 'uploads'))).toEqual([]);
  });

  test('belongs to one client and one object', async () => {
    const id = await begin();
    expect(await codeOf(put(id, 1, 'x', { id: 'AKOTHER' }))).toBe('404 NoSuchUpload');
    expect(await codeOf(put(id, 1, 'x', { key: KEY.replace(/.{2}$/, '00') }))).toBe('404 NoSuchUpload');
    expect(await codeOf(put('../../etc', 1, 'x'))).toBe('404 NoSuchUpload');
    expect(await (await ask('uploads', { key: '', id: 'AKOTHER' })).text()).not.toContain(id);
  });

  test('cannot be begun where nothing may be written', async () => {
    expect(await codeOf(ask('uploads', { method: 'POST', key: KEY.slice('pr/7/'.length) }))).toBe('403 AccessDenied');
    expect(await codeOf(ask('uploads', { method: 'POST', key: 'pr/7/v3/layout.json' }))).toBe('403 AccessDenied');
  });

  test('of a job that has ended is taken away when the next one begins', async () => {
    const id = await begin({ id: 'AKOTHER' });
    known.delete('AKOTHER');
    await begin();
    expect(await readdir(join(folder, 'kept', 'uploads'))).not.toContain(id);
  });
});
