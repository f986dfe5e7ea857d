import { join } from 'node:path';
import { AwsClient } from 'aws4fetch';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { silentLogger } from '../../../test/support/silent-logger.ts';
import { sha256 } from '../../kit/index.ts';
import { folderStore } from '../../mirror/index.ts';
import { gatewayRoutes } from './gateway.ts';

const HASH = 'abcdefghijklmnopqrstuvwxyz234567';
const MANIFEST = `pr/7/v3/manifests/spec/zlib/zlib-1.3.1-${HASH}.spec.manifest.json`;
const grant = {
  job: '42',
  buckets: ['stack'],
  readPrefixes: ['', 'pr/7/'],
  writePrefix: 'pr/7/',
  hashes: new Set([HASH]),
  maxBytes: 16,
};
const blobKey = (text: string) => `pr/7/blobs/sha256/${sha256(text).slice(0, 2)}/${sha256(text)}`;

test('a pull request cannot have more bytes than its quota, however they come, and what is there counts', async () => {
  const folder = await temporaryFolder();
  const store = folderStore(join(folder, 'mirror'), { durable: false });
  await store.put(blobKey('before'), Buffer.from('before'));
  const accepted: string[] = [];
  const records: object[] = [];
  const app = gatewayRoutes({
    credentials: async () => ({ secretAccessKey: 'secret', grant }),
    store: () => store,
    acceptManifest: async (_grant, key) => void accepted.push(key),
    scratch: join(folder, 'scratch'),
    kept: join(folder, 'kept'),
    log: silentLogger,
    audit: (one) => void records.push(one),
  });
  const client = new AwsClient({
    accessKeyId: 'AKJOB',
    secretAccessKey: 'secret',
    service: 's3',
    region: 'x',
    retries: 0,
  });
  const put = async (text: string) =>
    app.fetch(await client.sign(`http://127.0.0.1:7777/s3/stack/${blobKey(text)}`, { method: 'PUT', body: text }));
  const both = await Promise.all([put('12345678'), put('abcdefgh')]);
  expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 403]);
  const refused = both.find(({ status }) => status === 403);
  expect(await refused?.text()).toMatch(
    /<Code>QuotaExceeded<.*`pr\/7\/` has (?:6|14) of 16 bytes, so 8 more .*quotas\.request\.bytes/,
  );
  expect((await put('before')).status).toBe(200);
  const manifest = await client.sign(`http://127.0.0.1:7777/s3/stack/${MANIFEST}`, {
    method: 'PUT',
    body: '{"a":1}',
  });
  const answer = await app.fetch(manifest);
  expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining('<Code>QuotaExceeded<')]);
  expect(accepted).toEqual([]);
  expect(records).toMatchObject([
    {
      who: 'job:42',
      action: 'mirror.push',
      outcome: 'refused',
      reason: expect.stringContaining('GATEWAY_QUOTA_EXCEEDED'),
    },
    { on: MANIFEST, outcome: 'refused' },
  ]);
});
