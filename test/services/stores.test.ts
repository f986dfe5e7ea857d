import { createHash, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { AwsClient } from 'aws4fetch';
import { Agent, setGlobalDispatcher } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { registryClient } from '../../src/oci/index.ts';
import { registryStore } from '../../src/mirror/registry/registry-store.ts';
import { folderStore } from '../../src/mirror/stores/folder-store.ts';
import { objectStoreContract } from '../support/object-store-contract.ts';
import { s3Store, type S3Options } from '../../src/mirror/stores/s3-store.ts';
import { storeFromUrl } from '../../src/mirror/stores/store-from-url.ts';
import { startDockerRegistry, type DockerRegistry } from '../support/docker-registry.ts';
import { startMinio, type Minio } from '../support/minio.ts';
import { findPart } from '../support/part.ts';
import { removeFolder } from '../support/remove-folder.ts';

const minio = findPart('minio');
const dockerRegistry = findPart('docker-registry');
let folder: string;

beforeAll(async () => {
  // What sends requests in newer Nodes, and in every process that loads this package: it refuses what the older let
  // pass.
  setGlobalDispatcher(new Agent());
  folder = await mkdtemp(join(tmpdir(), 'slipway-stores-'));
});
afterAll(() => removeFolder(folder));

describe('a folder, written durably', () =>
  objectStoreContract(async () => folderStore(join(folder, 'mirrors', randomUUID()))));

describe.skipIf(minio === undefined)('MinIO', () => {
  let server: Minio;
  beforeAll(async () => {
    server = await startMinio(minio as string, join(folder, 'minio'));
  });
  afterAll(() => server.stop());

  const options = (more: Partial<S3Options> = {}): S3Options => {
    const { endpoint, accessKeyId, secretAccessKey } = server;
    return { endpoint, accessKeyId, secretAccessKey, bucket: 'stack', prefix: randomUUID(), ...more };
  };

  objectStoreContract(async () => s3Store(options()));

  test('a mirror is opened by its URL, with the variables that people have for Spack', async () => {
    const store = await storeFromUrl('s3://stack/by-url', {
      S3_ENDPOINT_URL: server.endpoint,
      AWS_ACCESS_KEY_ID: server.accessKeyId,
      AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
    });
    await store.put('v3/layout.json', Buffer.from('{}'));
    expect((await store.get('v3/layout.json'))?.toString()).toBe('{}');
  });

  test('it is reached with credentials that need a token, by a profile, and without any where the bucket lets everybody read', async () => {
    const { endpoint, accessKeyId, secretAccessKey } = server;
    const aws = new AwsClient({ accessKeyId, secretAccessKey, region: 'us-east-1' });
    const statement = { Effect: 'Allow', Principal: { AWS: ['*'] }, Action: ['s3:GetObject', 's3:ListBucket'] };
    const policy = {
      Version: '2012-10-17',
      Statement: [{ ...statement, Resource: ['arn:aws:s3:::stack', 'arn:aws:s3:::stack/public/*'] }],
    };
    const url = `${endpoint}/stack?policy`;
    expect((await aws.fetch(url, { method: 'PUT', body: JSON.stringify(policy), aws: { service: 's3' } })).ok).toBe(
      true,
    );
    const body = 'Action=AssumeRole&Version=2011-06-15&DurationSeconds=3600';
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await aws.fetch(endpoint, { method: 'POST', body, headers, aws: { service: 'sts' } });
    const said = await answer.text();
    const part = (name: string) => new RegExp(`<${name}>([^<]+)</${name}>`).exec(said)?.[1] ?? '';
    const role = { AWS_ACCESS_KEY_ID: part('AccessKeyId'), AWS_SECRET_ACCESS_KEY: part('SecretAccessKey') };
    const place = { S3_ENDPOINT_URL: endpoint, HOME: folder };
    const withToken = { ...place, ...role, AWS_SESSION_TOKEN: part('SessionToken') };
    await (await storeFromUrl('s3://stack/public', withToken)).put('a', Buffer.from('by token'));
    const tokenless = await storeFromUrl('s3://stack/public', { ...place, ...role });
    await expect(tokenless.get('a')).rejects.toMatchObject({
      code: 'MIRROR_STORE_DENIED',
    });
    const anonymous = await storeFromUrl('s3://stack/public', place);
    expect((await anonymous.get('a'))?.toString()).toBe('by token');
    expect(await anonymous.get('nothing')).toBeUndefined();
    await expect(anonymous.put('a', Buffer.from('x'))).rejects.toMatchObject({ code: 'MIRROR_STORE_DENIED' });
    await mkdir(join(folder, '.aws'));
    const pair = `aws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;
    await writeFile(join(folder, '.aws/credentials'), `[lab]\n${pair}`);
    const byProfile = { HOME: folder, AWS_PROFILE: 'lab', AWS_ENDPOINT_URL_S3: endpoint };
    const profiled = await storeFromUrl('s3://stack/public', byProfile);
    expect((await profiled.get('a'))?.toString()).toBe('by token');
  });

  test('a wrong secret and a missing bucket are reported with the words of the server', async () => {
    await expect(s3Store(options({ secretAccessKey: 'guess' })).get('a')).rejects.toMatchObject({
      code: 'MIRROR_STORE_DENIED',
      message: expect.stringContaining('SignatureDoesNotMatch'),
    });
    await expect(s3Store(options({ bucket: 'nowhere' })).get('a')).rejects.toThrow('NoSuchBucket');
  });

  test('a blob whose bytes are not what its name says is refused by the server', async () => {
    const file = join(folder, 'wrong');
    await writeFile(file, 'not these');
    const put = s3Store(options({ retry: { attempts: 2, baseMs: 0 } })).put(`blobs/sha256/00/${'0'.repeat(64)}`, {
      file,
      size: 9,
    });
    await expect(put).rejects.toThrow('XAmzContentSHA256Mismatch');
  });

  test('a large object is added to within the service, and neither bytes nor parts of it are left over', async () => {
    let sent = 0;
    const store = s3Store(
      options({
        fetch: (url, init) => {
          sent += Number(new Headers(init.headers).get('content-length') ?? 0);
          return fetch(url, init);
        },
      }),
    );
    const bytes = Buffer.alloc(6 * 2 ** 20, 'index');
    await store.put('blobs/a', bytes);
    sent = 0;
    await store.extend!('blobs/a', 'blobs/b', { keep: bytes.length - 3, tail: Buffer.from('tail') });
    expect(sent).toBeLessThan(1000);
    const wanted = Buffer.concat([bytes.subarray(0, -3), Buffer.from('tail')]);
    expect((await store.get('blobs/b'))?.equals(wanted)).toBe(true);
    await expect(
      store.extend!('blobs/none', 'blobs/c', { keep: bytes.length, tail: Buffer.from('x') }),
    ).rejects.toThrow();
    expect(await store.head('blobs/c')).toBeUndefined();
  });

  test('a large file goes in parts, and an upload that was cut off goes on where it stopped', async () => {
    const file = join(folder, 'large');
    const bytes = Buffer.alloc(22 * 2 ** 20, 'slipway');
    await writeFile(file, bytes);
    const sent: string[] = [];
    let broken = true;
    const at = (): S3Options => ({
      ...options({
        prefix: 'parts',
        multipartAbove: 2 ** 20,
        partSize: 5 * 2 ** 20,
        retry: { attempts: 2, baseMs: 0 },
      }),
      fetch: async (url, init) => {
        const part = new URL(url).searchParams.get('partNumber');
        if (part !== null) sent.push(part);
        if (broken && part === '4') throw new TypeError('fetch failed', { cause: new Error('cut by the test') });
        return fetch(url, init);
      },
    });
    await expect(s3Store(at()).put('large', { file, size: bytes.length })).rejects.toThrow('cut by the test');
    expect(await s3Store(at()).head('large')).toBeUndefined();
    broken = false;
    const before = new Set(sent);
    sent.length = 0;
    await s3Store(at()).put('large', { file, size: bytes.length });
    expect(before.size).toBe(5);
    expect(sent).toEqual(['4']);
    const digest = (one: Buffer) => createHash('sha256').update(one).digest('hex');
    const stream = (await s3Store(at()).open('large'))!;
    expect(digest(await buffer(stream))).toBe(digest(bytes));
  });
});

describe.skipIf(dockerRegistry === undefined)('docker-registry', () => {
  let server: DockerRegistry;
  beforeAll(async () => {
    server = await startDockerRegistry(dockerRegistry as string, join(folder, 'registry'));
  });
  afterAll(() => server.stop());

  objectStoreContract(async () =>
    registryStore(registryClient({ registry: server.host, repository: `lab/m${randomUUID()}`, access: 'push' })),
  );
});
