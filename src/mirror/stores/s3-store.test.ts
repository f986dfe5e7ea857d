import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { testS3 } from '../../../test/support/s3.ts';
import { objectStoreContract } from '../../../test/support/object-store-contract.ts';
import type { ObjectStore } from './object-store.ts';
import { s3Store } from './s3-store.ts';
import { s3Url } from './s3-url.ts';
import { storeFromUrl } from './store-from-url.ts';

const access = {
  endpoint: 'http://127.0.0.1:9/s3',
  accessKeyId: 'AKID',
  secretAccessKey: 'hidden',
  retry: { baseMs: 0 },
};

function open(s3 = testS3('AKID'), more: { prefix?: string } = {}) {
  // The test's server knows nothing of the endpoint's path.
  const fetch = (url: string, init: RequestInit) => s3.fetch(url.replace('/s3/', '/'), init);
  return { s3, store: s3Store({ ...access, bucket: 'stack', fetch, ...more }) };
}

describe('S3', () => objectStoreContract(async () => open().store));

describe('S3 below a prefix', () => objectStoreContract(async () => open(testS3('AKID'), { prefix: 'pr/1' }).store));

test('objects are below the prefix, and messages name no secret', async () => {
  const { s3, store } = open(testS3('AKID'), { prefix: 'pr/1' });
  await store.put('v3/layout.json', Buffer.from('{}'));
  expect([...s3.objects.keys()]).toEqual(['stack/pr/1/v3/layout.json']);
  expect(store.url).toBe('s3://stack/pr/1');
});

test('busy servers and cut connections are tried again', async () => {
  const { s3, store } = open();
  s3.failNext(503, 'cut', 429, 500);
  await store.put('a', Buffer.from('x'));
  s3.failNext('cut', 500);
  expect((await store.get('a'))?.toString()).toBe('x');
});

test('a server that stays busy ends in an error with its words', async () => {
  const { s3, store } = open();
  s3.failNext(503, 503, 503, 503, 503, 503);
  await expect(store.get('a')).rejects.toMatchObject({
    code: 'MIRROR_STORE_REQUEST_FAILED',
    message: 'GET `a` of s3://stack failed: SlowDown: made by the test.',
  });
  expect(s3.requests).toHaveLength(6);
});

test.each([
  ['ConditionalRequestConflict', 'MIRROR_STORE_CONFLICT', 'was changed by another writer'],
  ['InvalidRequest', 'MIRROR_STORE_REQUEST_FAILED', 'failed: InvalidRequest: no lock [PIPELINE_LOCK_MISSING]'],
])('of the 409s, %s is %s', async (code, expected, words) => {
  const text = `<Error><Code>${code}</Code><Message>no lock [PIPELINE_LOCK_MISSING]</Message></Error>`;
  const store = s3Store({ ...access, bucket: 'stack', fetch: async () => new Response(text, { status: 409 }) });
  const failure = expect.objectContaining({ code: expected, message: expect.stringContaining(words) as string });
  await expect(store.put('v3/a', Buffer.from('a'))).rejects.toEqual(failure);
});

test('a server whose disk is full is not asked again: it needs a person to make room', async () => {
  const { s3, store } = open();
  s3.failNext(507);
  await expect(store.put('a', Buffer.from('x'))).rejects.toMatchObject({ code: 'MIRROR_STORE_REQUEST_FAILED' });
  expect(s3.requests).toHaveLength(1);
});

test('a read goes on where a connection was cut, and only while the object is the same', async () => {
  const s3 = testS3();
  const bytes = Buffer.from('0123456789');
  s3.objects.set('stack/a', bytes);
  const ranges: (string | null)[] = [];
  let change = () => {};
  const store = s3Store({
    endpoint: 'http://127.0.0.1:9',
    bucket: 'stack',
    fetch: async (url, init) => {
      const range = new Headers(init.headers).get('range');
      ranges.push(range);
      const answer = await s3.fetch(url, init);
      if (answer.body === null || !answer.ok) return answer;
      change();
      const part = Buffer.from(await answer.arrayBuffer()).subarray(0, 4);
      const chunks = [new Uint8Array(part)];
      const body = new ReadableStream({
        pull: (controller) => {
          const chunk = chunks.pop();
          if (chunk === undefined) controller.error(new TypeError('terminated'));
          else controller.enqueue(chunk);
        },
      });
      return new Response(body, answer);
    },
  });
  expect((await buffer((await store.open('a'))!)).toString()).toBe('0123456789');
  expect(ranges).toEqual([null, 'bytes=4-', 'bytes=8-']);
  change = () => s3.objects.set('stack/a', Buffer.from('another one'));
  await expect(buffer((await store.open('a'))!)).rejects.toMatchObject({ code: 'MIRROR_STORE_CONFLICT' });
});

test("a conditional put whose answer got lost is not taken for another writer's", async () => {
  const { s3 } = open();
  let lose = true;
  const store = s3Store({
    ...access,
    bucket: 'stack',
    fetch: async (url, init) => {
      const answer = await s3.fetch(url.replace('/s3/', '/'), init);
      if (!lose || !url.endsWith('/once')) return answer;
      lose = false;
      throw new TypeError('fetch failed', { cause: new Error('socket hang up') });
    },
  });
  await store.put('once', Buffer.from('mine'), { ifMatch: 'absent' });
  await expect(store.put('once', Buffer.from('other'), { ifMatch: 'absent' })).rejects.toMatchObject({
    code: 'MIRROR_STORE_CONFLICT',
  });
  expect(s3.objects.get('stack/once')?.toString()).toBe('mine');
});

test('where the server keeps no conditions they hold within the process, and the probe leaves nothing', async () => {
  const { s3, store } = open(testS3('AKID'), { prefix: 'ignores-conditions' });
  await store.put('once', Buffer.from('a'), { ifMatch: 'absent' });
  await expect(store.put('once', Buffer.from('b'), { ifMatch: 'absent' })).rejects.toMatchObject({
    code: 'MIRROR_STORE_CONFLICT',
  });
  expect([...s3.objects]).toEqual([['stack/ignores-conditions/once', Buffer.from('a')]]);
});

test('a large file goes in parts; a second try sends only what the first did not', async () => {
  const file = join(await temporaryFolder(), 'large');
  const bytes = Buffer.from('0123456789abcdefghijklmnopqrstuvwxyz');
  await writeFile(file, bytes);
  const s3 = testS3('AKID');
  const store = (fault?: string) =>
    s3Store({
      ...access,
      endpoint: 'http://127.0.0.1:9',
      bucket: 'stack',
      prefix: 'pr/1',
      multipartAbove: 30,
      partSize: 10,
      retry: { attempts: 1 },
      fetch: (url, init) => {
        if (fault !== undefined && url.includes(fault)) throw new TypeError('fetch failed');
        return s3.fetch(url, init);
      },
    });
  const put = (one: ObjectStore) => one.put('large', { file, size: bytes.length });
  const partsSent = () => s3.requests.filter((request) => request.startsWith('PUT')).length;
  await expect(put(store('partNumber=3'))).rejects.toMatchObject({ code: 'MIRROR_STORE_REQUEST_FAILED' });
  expect([partsSent(), s3.objects.size]).toEqual([3, 0]);
  await put(store());
  expect(partsSent()).toBe(4);
  expect(s3.objects.get('stack/pr/1/large')?.equals(bytes)).toBe(true);
});

test('a large file that another writer has completed meanwhile is there', async () => {
  const file = join(await temporaryFolder(), 'large');
  const bytes = Buffer.from('0123456789abcdefghijklmnopqrstuvwxyz');
  await writeFile(file, bytes);
  const s3 = testS3('AKID');
  const options = { ...access, endpoint: 'http://127.0.0.1:9', bucket: 'stack', multipartAbove: 30, partSize: 10 };
  const put = (fetch: typeof s3.fetch) => s3Store({ ...options, fetch }).put('large', { file, size: bytes.length });
  let others: Promise<void> | undefined;
  await put(async (url, init) => {
    if (url.includes('partNumber')) await (others ??= put(s3.fetch));
    return s3.fetch(url, init);
  });
  expect(s3.requests.filter((request) => request.startsWith('POST'))).toHaveLength(2);
  expect(s3.objects.get('stack/large')?.equals(bytes)).toBe(true);
});

test('the bucket is part of the host where that is asked for', () => {
  const place = { endpoint: 'https://s3.example.org', bucket: 'stack', addressing: 'virtual' } as const;
  expect(s3Url(place, 'v3/a b')).toBe('https://stack.s3.example.org/v3/a%20b');
  expect(s3Url(place, undefined, { prefix: 'v3/' })).toBe('https://stack.s3.example.org/?prefix=v3%2F');
});

test('a refusal is reported at once', async () => {
  const s3 = testS3('AKID');
  const anonymous = s3Store({ endpoint: 'http://127.0.0.1:9', bucket: 'stack', fetch: s3.fetch });
  await expect(anonymous.put('a', Buffer.from('x'))).rejects.toMatchObject({ code: 'MIRROR_STORE_DENIED' });
  expect(s3.requests).toHaveLength(1);
});

test('without keys requests carry no signature', async () => {
  const s3 = testS3();
  const store = s3Store({
    endpoint: 'http://127.0.0.1:9',
    bucket: 'stack',
    fetch: (url, init) => {
      expect(new Headers(init.headers).has('authorization')).toBe(false);
      return s3.fetch(url, init);
    },
  });
  await store.put('a', Buffer.from('x'));
  expect((await store.get('a'))?.toString()).toBe('x');
});

test('a mirror is found by its URL', async () => {
  const environment = { S3_ENDPOINT_URL: 'http://127.0.0.1:1/s3', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
  expect((await storeFromUrl('s3://stack/pr/7/', environment)).url).toBe('s3://stack/pr/7');
  expect((await storeFromUrl('file:///srv/mirror', {})).url).toBe('file:///srv/mirror');
  expect((await storeFromUrl('/srv/mirror', {})).url).toBe('file:///srv/mirror');
  await expect(storeFromUrl('ftp://user:word@host/mirror', {})).rejects.toMatchObject({
    code: 'MIRROR_URL_UNSUPPORTED',
    message: expect.not.stringContaining('word'),
  });
});

test('credentials are renewed once before they expire, and used until there are new ones', async () => {
  const s3 = testS3();
  s3.objects.set('stack/a', Buffer.from('x'));
  const minute = 60_000;
  let now = 0;
  let asked = 0;
  let isAway = false;
  const keys: string[] = [];
  const store = s3Store({
    endpoint: 'http://127.0.0.1:9',
    bucket: 'stack',
    clock: { now: () => now },
    settings: async () => {
      if (isAway) throw new Error('no server is there');
      asked += 1;
      return { credentials: { accessKeyId: `AK${asked}`, secretAccessKey: 's', expires: now + 60 * minute } };
    },
    fetch: (url, init) => {
      keys.push(/Credential=(\w+)/.exec(new Headers(init.headers).get('authorization') ?? '')?.[1] ?? 'anonymous');
      return s3.fetch(url, init);
    },
  });
  const reads = async () => {
    keys.length = 0;
    await Promise.all([store.get('a'), store.get('a'), store.get('a')]);
    return [...new Set(keys)];
  };
  expect(await reads()).toEqual(['AK1']);
  now = 54 * minute;
  expect(await reads()).toEqual(['AK1']);
  now = 56 * minute;
  isAway = true;
  expect(await reads()).toEqual(['AK1']);
  isAway = false;
  expect(await reads()).toEqual(['AK2']);
  now += 60 * minute;
  isAway = true;
  await expect(store.get('a')).rejects.toThrow('no server is there');
  expect(asked).toBe(2);
});
