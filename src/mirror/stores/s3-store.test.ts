import { describe, expect, test } from 'vitest';
import { testS3 } from '../../../test/support/s3.ts';
import { objectStoreContract } from './object-store.contract.ts';
import { s3Store } from './s3-store.ts';
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

test('objects lie below the prefix, and messages name no secret', async () => {
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
    message: 'GET `a` of s3://stack failed: SlowDown: made by the test',
  });
  expect(s3.requests).toHaveLength(6);
});

test('a refusal is told at once', async () => {
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

test('a mirror is found by its URL', () => {
  const environment = { S3_ENDPOINT_URL: 'http://127.0.0.1:1/s3', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
  expect(storeFromUrl('s3://stack/pr/7/', environment).url).toBe('s3://stack/pr/7');
  expect(storeFromUrl('file:///srv/mirror', {}).url).toBe('file:///srv/mirror');
  expect(storeFromUrl('/srv/mirror', {}).url).toBe('file:///srv/mirror');
  expect(() => storeFromUrl('ftp://user:word@host/mirror', {})).toThrow(
    expect.objectContaining({ code: 'MIRROR_URL_UNSUPPORTED' }),
  );
  expect(() => storeFromUrl('ftp://user:word@host/mirror', {})).not.toThrow(/word/);
});
