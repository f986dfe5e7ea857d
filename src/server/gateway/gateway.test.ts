import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AwsClient } from 'aws4fetch';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { defineErrors, sha256 } from '../../kit/index.ts';
import { silentLogger } from '../../../test/support/silent-logger.ts';
import { folderStore, type ObjectStore } from '../../mirror/index.ts';
import type { GatewayPort } from './gateway-port.ts';
import { gatewayRoutes } from './gateway.ts';
import { createHash } from 'node:crypto';
import type { MirrorGrant } from '../../coordinator/index.ts';

const HASH = 'abcdefghijklmnopqrstuvwxyz234567';
const MANIFEST = `pr/7/v3/manifests/spec/zlib/zlib-1.3.1-${HASH}.spec.manifest.json`;
const grant: MirrorGrant = {
  job: '42',
  buckets: ['stack'],
  readPrefixes: ['', 'pr/7/'],
  writePrefix: 'pr/7/',
  hashes: new Set([HASH]),
};
const notaryError = defineErrors({
  NOTARY_HASH_UNKNOWN: { message: 'Not in the lock', hint: 'Ask again.', status: 422, exitCode: 1 },
});

let folder: string;
let store: ObjectStore;
let keys: Map<string, { secretAccessKey: string; grant: MirrorGrant }>;
let accepted: { key: string; text: string }[];
let port: GatewayPort;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-gateway-'));
  store = folderStore(join(folder, 'mirror'), { durable: false });
  keys = new Map([['AKJOB', { secretAccessKey: 'secret', grant }]]);
  accepted = [];
  port = {
    credentials: async (id) => keys.get(id),
    store: (bucket) => (bucket === 'stack' ? store : undefined),
    acceptManifest: async (_grant, key, text) => {
      if (text.includes('refuse')) throw notaryError('NOTARY_HASH_UNKNOWN');
      accepted.push({ key, text });
      await store.put(key, Buffer.from(text));
    },
    scratch: join(folder, 'scratch'),
    kept: join(folder, 'kept'),
    minPartBytes: 4,
    log: silentLogger,
  };
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Ask extends RequestInit {
  readonly id?: string;
  readonly secret?: string;
  readonly port?: Partial<GatewayPort>;
}

async function ask(
  path: string,
  { id = 'AKJOB', secret = 'secret', port: changed, ...init }: Ask = {},
): Promise<Response> {
  const client = new AwsClient({
    accessKeyId: id,
    secretAccessKey: secret,
    service: 's3',
    region: 'us-east-1',
    retries: 0,
  });
  return gatewayRoutes({ ...port, ...changed }).fetch(await client.sign(`http://127.0.0.1:7777/s3/${path}`, init));
}

async function codeOf(response: Response | Promise<Response>): Promise<string> {
  const answer = await response;
  return `${answer.status} ${/<Code>(\w+)<\/Code>/.exec(await answer.text())?.[1]}`;
}

const blobKey = (text: string) => `pr/7/blobs/sha256/${sha256(text).slice(0, 2)}/${sha256(text)}`;
const putBlob = (text: string, options: Ask = {}) =>
  ask(`stack/${blobKey(text)}`, { method: 'PUT', body: text, ...options });

describe('objects at the gateway', () => {
  test('a blob that was put is read back, whole, in part, and by its head', async () => {
    expect((await putBlob('wikipedia')).status).toBe(200);
    const whole = await ask(`stack/${blobKey('wikipedia')}`);
    expect(await whole.text()).toBe('wikipedia');
    const part = await ask(`stack/${blobKey('wikipedia')}`, { headers: { range: 'bytes=2-4' } });
    expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([206, 'bytes 2-4/9', 'kip']);
    const end = await ask(`stack/${blobKey('wikipedia')}`, { headers: { range: 'bytes=-3' } });
    expect(await end.text()).toBe('dia');
    const head = await ask(`stack/${blobKey('wikipedia')}`, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '9']);
    expect(await codeOf(ask(`stack/${blobKey('wikipedia')}`, { headers: { range: 'bytes=9-' } }))).toBe(
      '416 InvalidRange',
    );
  });

  test('a large object is streamed, and cut to its range', async () => {
    const text = 'slipway!'.repeat(400_000);
    await store.put('v3/large', Buffer.from(text));
    expect(await (await ask('stack/v3/large')).text()).toBe(text);
    const part = await ask('stack/v3/large', { headers: { range: 'bytes=1600000-1600015' } });
    expect(await part.text()).toBe('slipway!slipway!');
  });

  test('conditions are kept: 304 for what is known, 412 for what has changed', async () => {
    const etag = (await putBlob('a')).headers.get('etag') ?? '';
    const known = await ask(`stack/${blobKey('a')}`, { headers: { 'if-none-match': etag } });
    expect(known.status).toBe(304);
    expect(await codeOf(ask(`stack/${blobKey('a')}`, { headers: { 'if-match': '"other"' } }))).toBe(
      '412 PreconditionFailed',
    );
    expect(await codeOf(putBlob('a', { headers: { 'if-none-match': '*' } }))).toBe('412 PreconditionFailed');
    expect(await codeOf(putBlob('b', { headers: { 'if-match': etag } }))).toBe('412 PreconditionFailed');
  });

  test('a blob must be what its name says, and leaves nothing otherwise', async () => {
    expect(await codeOf(ask(`stack/${blobKey('a')}`, { method: 'PUT', body: 'b' }))).toBe('400 BadDigest');
    expect(await store.head(blobKey('a'))).toBeUndefined();
    expect(await readdir(join(folder, 'scratch'))).toEqual([]);
  });

  test('an update of the index is answered, and the index of the server stays', async () => {
    keys.set('AKJOB', { secretAccessKey: 'secret', grant: { ...grant, writePrefix: undefined, indexRoot: 'pr/7/' } });
    await store.put('pr/7/build_cache/index.json', Buffer.from('{}'));
    const put = (key: string) => ask(`stack/pr/7/build_cache/${key}`, { method: 'PUT', body: 'of the job' });
    for (const key of ['index.json', 'index.json.hash', '_pgp/A.pub']) expect((await put(key)).status, key).toBe(200);
    expect((await store.get('pr/7/build_cache/index.json'))?.toString()).toBe('{}');
  });

  test('a blob that is there is not written again', async () => {
    await putBlob('a');
    const before = await store.head(blobKey('a'));
    expect((await putBlob('a')).status).toBe(200);
    expect(await store.head(blobKey('a'))).toEqual(before);
  });

  test('the signed SHA-256, MD5 and CRC-32 are checked', async () => {
    expect(await codeOf(putBlob('a', { headers: { 'x-amz-content-sha256': sha256('b') } }))).toBe(
      '400 XAmzContentSHA256Mismatch',
    );
    expect(await codeOf(putBlob('a', { headers: { 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' } }))).toBe(
      '400 BadDigest',
    );
    expect(await codeOf(putBlob('a', { headers: { 'x-amz-checksum-crc32': 'AAAAAA==' } }))).toBe('400 BadDigest');
    expect((await putBlob('a', { headers: { 'x-amz-checksum-crc32': '6Le+Qw==' } })).status).toBe(200);
  });

  test('a body with unsigned chunks and a trailer is taken apart', async () => {
    const headers = {
      'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      'x-amz-decoded-content-length': '1',
      'x-amz-trailer': 'x-amz-checksum-crc32',
      'content-encoding': 'aws-chunked',
    };
    const body = (checksum: string) => `1\r\na\r\n0\r\nx-amz-checksum-crc32:${checksum}\r\n\r\n`;
    const send = (text: string) => ask(`stack/${blobKey('a')}`, { method: 'PUT', headers, body: text });
    expect(await codeOf(send(body('AAAAAA==')))).toBe('400 BadDigest');
    expect(await codeOf(send('1\r\na\r\n0\r\n\r\n'))).toBe('400 BadDigest');
    expect((await send(body('6Le+Qw=='))).status).toBe(200);
    expect((await store.get(blobKey('a')))?.toString()).toBe('a');
  });

  test('what is too large is refused, with and without a length', async () => {
    const small = { maxObjectBytes: 8 };
    expect(await codeOf(putBlob('123456789', { port: small }))).toBe('400 EntityTooLarge');
    expect(await codeOf(putBlob('123456789', { port: small, headers: { 'content-length': '9' } }))).toBe(
      '400 EntityTooLarge',
    );
    expect((await putBlob('12345678', { port: small })).status).toBe(200);
  });

  test('a body that breaks off leaves nothing', async () => {
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(Buffer.from('a'));
        controller.error(new Error('connection reset'));
      },
    });
    const options = {
      method: 'PUT',
      body,
      duplex: 'half',
      headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
    } as Ask;
    expect(await codeOf(ask(`stack/${blobKey('a')}`, options))).toBe('400 IncompleteBody');
    expect(await readdir(join(folder, 'scratch'))).toEqual([]);
  });

  test('what is not there is NoSuchKey', async () => {
    expect(await codeOf(ask('stack/v3/layout.json'))).toBe('404 NoSuchKey');
    expect((await ask('stack/v3/layout.json', { method: 'HEAD' })).status).toBe(404);
  });
});

describe('manifests at the gateway', () => {
  test('a manifest is handed to the server, which makes it visible', async () => {
    expect((await ask(`stack/${MANIFEST}`, { method: 'PUT', body: '{"version":3}' })).status).toBe(200);
    expect(accepted).toEqual([{ key: MANIFEST, text: '{"version":3}' }]);
    expect(await (await ask(`stack/${MANIFEST}`)).text()).toBe('{"version":3}');
  });

  test('a refusal of the notary reaches the job in its own words', async () => {
    const answer = await ask(`stack/${MANIFEST}`, { method: 'PUT', body: 'refuse' });
    expect([answer.status, await answer.text()]).toEqual([
      422,
      expect.stringContaining(
        '<Code>InvalidRequest</Code><Message>Not in the lock [NOTARY_HASH_UNKNOWN] Ask again.</Message>',
      ),
    ]);
    expect(await store.head(MANIFEST)).toBeUndefined();
  });

  test('a manifest of more than a megabyte is none', async () => {
    expect(await codeOf(ask(`stack/${MANIFEST}`, { method: 'PUT', body: 'x'.repeat(1_100_000) }))).toBe(
      '400 EntityTooLarge',
    );
    expect(accepted).toEqual([]);
  });
});

describe('what the gateway refuses', () => {
  test.each([
    ['reading another request', 'GET', 'stack/pr/8/v3/layout.json'],
    ['writing the protected root', 'PUT', `stack/${blobKey('a').slice('pr/7/'.length)}`],
    ['writing another hash', 'PUT', `stack/${MANIFEST.replace(HASH, HASH.replace('a', 'b'))}`],
    ['writing an index', 'PUT', 'stack/pr/7/v3/manifests/index/index.manifest.json'],
    ['deleting another entry', 'DELETE', `stack/${MANIFEST.replace(HASH, HASH.replace('a', 'b'))}`],
    ['deleting on the protected root', 'DELETE', `stack/${blobKey('a').slice('pr/7/'.length)}`],
    ['listing others', 'GET', 'stack?list-type=2&prefix=pr/'],
    ['climbing out of its prefix', 'PUT', 'stack/pr/7/..%2f8/v3/layout.json'],
    ['another bucket', 'GET', 'other/v3/layout.json'],
    ['listing buckets', 'GET', ''],
    ['removing the bucket', 'DELETE', 'stack'],
  ])('%s is denied and logged', async (_what, method, path) => {
    const lines: string[] = [];
    const log = pino({}, { write: (line: string) => void lines.push(line) });
    const body = method === 'PUT' || method === 'POST' ? 'a' : undefined;
    expect(await codeOf(ask(path, { method, body, port: { log } }))).toBe('403 AccessDenied');
    expect(lines.map((line) => JSON.parse(line) as object)).toContainEqual(
      expect.objectContaining({ job: '42', method, reason: expect.any(String) }),
    );
  });

  test('a wrong secret, an unknown key and no signature have their own codes', async () => {
    expect(await codeOf(ask('stack/v3/a', { secret: 'guess' }))).toBe('403 SignatureDoesNotMatch');
    expect(await codeOf(ask('stack/v3/a', { id: 'AKOTHER' }))).toBe('403 InvalidAccessKeyId');
    expect(await codeOf(gatewayRoutes(port).request('/s3/stack/v3/a'))).toBe('403 AccessDenied');
    expect(await codeOf(ask('stack/v3/a', { port: { clock: { now: () => 0 } } }))).toBe('403 RequestTimeTooSkewed');
  });

  test('a job that ends while it uploads writes nothing', async () => {
    let calls = 0;
    const credentials: GatewayPort['credentials'] = async (id) => ((calls += 1) === 1 ? keys.get(id) : undefined);
    expect(await codeOf(putBlob('a', { port: { credentials } }))).toBe('403 InvalidAccessKeyId');
    expect(await store.head(blobKey('a'))).toBeUndefined();
  });

  test('a presigned URL reads and does not write', async () => {
    await putBlob('a');
    const client = new AwsClient({
      accessKeyId: 'AKJOB',
      secretAccessKey: 'secret',
      service: 's3',
      region: 'us-east-1',
    });
    const presign = (method: string) =>
      client.sign(`http://127.0.0.1:7777/s3/stack/${blobKey('a')}`, { method, aws: { signQuery: true } });
    const app = gatewayRoutes(port);
    expect(await (await app.fetch(await presign('GET'))).text()).toBe('a');
    expect(await codeOf(app.fetch(await presign('PUT')))).toBe('403 AccessDenied');
    const later = gatewayRoutes({ ...port, clock: { now: () => Date.now() + 86_400_000 + 1000 } });
    expect(await codeOf(later.fetch(await presign('GET')))).toBe('403 AccessDenied');
  });

  test('copying and subresources of objects are reported as unknown', async () => {
    expect(await codeOf(ask(`stack/${blobKey('a')}?tagging`))).toBe('501 NotImplemented');
    const copy = { method: 'PUT', headers: { 'x-amz-copy-source': 'stack/v3/a' } };
    expect(await codeOf(ask(`stack/${blobKey('a')}`, copy))).toBe('501 NotImplemented');
  });

  test('a store that fails is an internal error without its details', async () => {
    const broken = { ...store, head: async () => Promise.reject(new Error('/secret/path')) };
    const answer = await ask('stack/v3/a', { port: { store: () => broken } });
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain('/secret/path');
  });
});

describe('lists at the gateway', () => {
  test('a list leaves out what the job may not read', async () => {
    for (const key of ['v3/a', 'pr/7/v3/b', 'pr/70/v3/c', 'pr/8/v3/d']) await store.put(key, Buffer.from('x'));
    const text = await (await ask('stack?list-type=2')).text();
    expect([...text.matchAll(/<Key>([^<]+)/g)].map(([, key]) => key)).toEqual(['pr/7/v3/b', 'v3/a']);
    const own = await (await ask('stack/?list-type=2&prefix=pr/7')).text();
    expect([...own.matchAll(/<Key>([^<]+)/g)].map(([, key]) => key)).toEqual(['pr/7/v3/b']);
  });

  test('a bucket has a head and a location', async () => {
    expect((await ask('stack', { method: 'HEAD' })).status).toBe(200);
    expect(await (await ask('stack?location')).text()).toContain('LocationConstraint');
  });
});

describe('what S3 promises of objects', () => {
  const md5 = (text: string) => `"${createHash('md5').update(text).digest('hex')}"`;

  test('an object’s tag is the MD5 of its bytes, in lists too, and stays after a restart', async () => {
    const large = 'x'.repeat(2_000_000);
    for (const text of ['a', large]) {
      expect((await putBlob(text)).headers.get('etag')).toBe(md5(text));
      expect((await ask(`stack/${blobKey(text)}`, { method: 'HEAD' })).headers.get('etag')).toBe(md5(text));
    }
    const tags = [...(await (await ask('stack?list-type=2')).text()).matchAll(/<ETag>(.*?)<\/ETag>/g)];
    expect(new Set(tags.map(([, tag]) => tag?.replaceAll('&#34;', '"')))).toEqual(new Set([md5('a'), md5(large)]));
  });

  test('an object that came by another way has a tag that cannot be taken for an MD5', async () => {
    const large = 'y'.repeat(2_000_000);
    await store.put(blobKey(large), Buffer.from(large));
    const tag = (await ask(`stack/${blobKey(large)}`, { method: 'HEAD' })).headers.get('etag');
    expect(tag).toBe(`"${sha256(large).slice(0, 32)}-1"`);
  });

  test('it reports when an object was written, and answers conditions on that time', async () => {
    await putBlob('a');
    const path = `stack/${blobKey('a')}`;
    const modified = (await ask(path)).headers.get('last-modified') ?? '';
    expect(Math.abs(Date.parse(modified) - ((await store.head(blobKey('a')))?.modified ?? 0))).toBeLessThan(1000);
    expect((await ask(path, { headers: { 'if-modified-since': modified } })).status).toBe(304);
    const earlier = new Date(Date.parse(modified) - 5000).toUTCString();
    expect((await ask(path, { headers: { 'if-modified-since': earlier } })).status).toBe(200);
    expect(await codeOf(ask(path, { headers: { 'if-unmodified-since': earlier } }))).toBe('412 PreconditionFailed');
    expect(await (await ask('stack?list-type=2')).text()).toContain(
      `<LastModified>${modified === '' ? '-' : new Date(modified).toISOString().slice(0, 19)}`,
    );
  });

  test('a range of an object that has changed since is answered with the whole', async () => {
    await putBlob('wikipedia');
    const path = `stack/${blobKey('wikipedia')}`;
    const part = (tag: string) => ask(path, { headers: { range: 'bytes=0-3', 'if-range': tag } });
    expect(await (await part(md5('wikipedia'))).text()).toBe('wiki');
    expect(await (await part(md5('other'))).text()).toBe('wikipedia');
  });

  test('a bucket may stand in the host’s name', async () => {
    await putBlob('a');
    const client = new AwsClient({ accessKeyId: 'AKJOB', secretAccessKey: 'secret', service: 's3', region: 'moon-1' });
    const app = gatewayRoutes({ ...port, host: () => 'lab.example' });
    const at = async (url: string) => app.fetch(await client.sign(url));
    expect(await (await at(`http://stack.lab.example:7777/s3/${blobKey('a')}`)).text()).toBe('a');
    expect((await at('http://stack.lab.example:7777/s3/?list-type=2')).status).toBe(200);
    expect(await codeOf(at(`http://other.lab.example:7777/s3/${blobKey('a')}`))).toBe('403 AccessDenied');
    expect(await (await at(`http://lab.example:7777/s3/stack/${blobKey('a')}`)).text()).toBe('a');
  });

  test('a job that deletes what it may write hears that it is gone, and it stays', async () => {
    await putBlob('a');
    const refusals: object[] = [];
    const audit = (one: object) => void refusals.push(one);
    expect((await ask(`stack/${blobKey('a')}`, { method: 'DELETE', port: { audit } })).status).toBe(204);
    const keys = [blobKey('a'), 'pr/8/v3/layout.json', 'v3/layout.json'];
    const body = `<Delete>${keys.map((key) => `<Object><Key>${key}</Key></Object>`).join('')}</Delete>`;
    const text = await (await ask('stack?delete', { method: 'POST', body, port: { audit } })).text();
    expect([...text.matchAll(/<Deleted><Key>(.*?)</g)].map(([, key]) => key)).toEqual([blobKey('a')]);
    expect([...text.matchAll(/<Error><Key>(.*?)<.*?<Code>(\w+)</g)].map(([, key, code]) => [key, code])).toEqual([
      ['pr/8/v3/layout.json', 'AccessDenied'],
      ['v3/layout.json', 'AccessDenied'],
    ]);
    expect(await store.head(blobKey('a'))).toBeDefined();
    expect(refusals).toHaveLength(4);
  });

  test('a tarball of layout v2 waits as a blob until its spec file is accepted', async () => {
    const stem = `linux-debian12-x86_64_v3-gcc-12.2.0-zlib-1.3.1-${HASH}`;
    const tarball = `pr/7/build_cache/linux-debian12-x86_64_v3/gcc-12.2.0/zlib-1.3.1/${stem}.spack`;
    expect((await ask(`stack/${tarball}`, { method: 'PUT', body: 'a' })).status).toBe(200);
    expect(await store.head(tarball)).toBeUndefined();
    expect((await store.get(blobKey('a')))?.toString()).toBe('a');
    const specFile = `pr/7/build_cache/${stem}.spec.json`;
    expect((await ask(`stack/${specFile}`, { method: 'PUT', body: '{}' })).status).toBe(200);
    expect(accepted).toEqual([{ key: specFile, text: '{}' }]);
  });

  test('CDash’s number of a build may be beside its package, and nothing else under that name', async () => {
    const path = `stack/pr/7/build_cache/linux-debian12-x86_64_v3-gcc-12.2.0-zlib-1.3.1-${HASH}.cdashid`;
    expect((await ask(path, { method: 'PUT', body: '4711' })).status).toBe(200);
    expect(await (await ask(path)).text()).toBe('4711');
    expect(await codeOf(ask(path, { method: 'PUT', body: '#!/bin/sh' }))).toBe('400 InvalidArgument');
    expect(await codeOf(ask(path, { method: 'PUT', body: '1'.repeat(100) }))).toBe('400 EntityTooLarge');
    expect(accepted).toEqual([]);
  });

  test('a bucket is there already for those who would make it', async () => {
    expect(await codeOf(ask('stack', { method: 'PUT' }))).toBe('409 BucketAlreadyOwnedByYou');
  });
});
