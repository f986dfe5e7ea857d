import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { serve, type ServerType } from '@hono/node-server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256 } from '../../kit/index.ts';
import { silentLogger } from '../../../test/support/silent-logger.ts';
import { folderStore, storeFromUrl, type ObjectStore } from '../../mirror/index.ts';
import { gatewayRoutes } from './gateway.ts';

const HASH = 'abcdefghijklmnopqrstuvwxyz234567';
const MANIFEST = `v3/manifests/spec/zlib-ng/zlib-ng-2.1+git-${HASH}.spec.manifest.json`;
const TEXT = 'slipway!'.repeat(300_000);
const BLOB = `blobs/sha256/${sha256(TEXT).slice(0, 2)}/${sha256(TEXT)}`;

describe("the mirror's own client at the gateway", () => {
  let folder: string;
  let server: ServerType;
  let mine: ObjectStore;
  let whole: ObjectStore;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-gateway-client-'));
    whole = folderStore(join(folder, 'mirror'), { durable: false });
    const grant = {
      job: '1',
      buckets: ['stack'],
      readPrefixes: ['', 'pr/7/'],
      writePrefix: 'pr/7/',
      hashes: new Set([HASH]),
    };
    const app = gatewayRoutes({
      credentials: async (id) => (id === 'AKJOB' ? { secretAccessKey: 'secret', grant } : undefined),
      store: () => whole,
      acceptManifest: (_grant, key, manifest) => whole.put(key, Buffer.from(manifest)),
      scratch: join(folder, 'scratch'),
      kept: join(folder, 'kept'),
      log: silentLogger,
    });
    const port = await new Promise<number>((resolve) => {
      server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, (address) => resolve(address.port));
    });
    const keys = { AWS_ACCESS_KEY_ID: 'AKJOB', AWS_SECRET_ACCESS_KEY: 'secret' };
    mine = await storeFromUrl('s3://stack/pr/7', { S3_ENDPOINT_URL: `http://127.0.0.1:${port}/s3`, ...keys });
  });
  afterAll(async () => {
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true, force: true });
  });

  test('a blob from a file and a manifest whose name needs encoding arrive, and are read and listed', async () => {
    const file = join(folder, 'tarball');
    await writeFile(file, TEXT);
    await mine.put(BLOB, { file, size: TEXT.length });
    await mine.put(MANIFEST, Buffer.from('{}'));
    expect(await whole.head(`pr/7/${BLOB}`)).toMatchObject({ size: TEXT.length });
    expect(await text((await mine.open(BLOB)) ?? Readable.from([]))).toBe(TEXT);
    expect((await mine.get(MANIFEST))?.toString()).toBe('{}');
    expect(await mine.head(MANIFEST)).toMatchObject({ size: 2 });
    const keys: string[] = [];
    for await (const { key } of mine.list('v3/manifests/spec/')) keys.push(key);
    expect(keys).toEqual([MANIFEST]);
  });

  test('what is not there is undefined, and what is not allowed is an error in our own words', async () => {
    expect(await mine.get('v3/layout.json')).toBeUndefined();
    await expect(mine.put('v3/layout.json', Buffer.from('{}'))).rejects.toThrow(/neither a blob nor the manifest/);
  });
});
