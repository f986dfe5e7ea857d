import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder, tinyLock, tinyNode, tinyTarball } from '../../../test/support/mirror-package.ts';
import { testS3 } from '../../../test/support/s3.ts';
import { indexManifestKey } from '../../spack/index.ts';
import { IndexPublisher } from '../catalog/index-publisher.ts';
import { pushEntry } from './push.ts';
import { folderStore } from '../stores/folder-store.ts';
import { httpStore } from '../stores/http-store.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { s3Store } from '../stores/s3-store.ts';
import { listedHashes } from './listed-hashes.ts';
import { v2Layout } from './v2-layout.ts';
import { v3Layout } from './v3-layout.ts';

const lock = tinyLock();
const { gauge, tide } = lock;
const wanted = new Set(['gauge', 'tide', ...Array.from({ length: 30 }, (_, index) => `absent-${index}`)]);

async function filled(store: ObjectStore): Promise<ObjectStore> {
  const folder = await temporaryFolder();
  for (const node of [tide, gauge])
    await pushEntry(store, { lock, hash: node.hash, tarball: await tinyTarball(folder, lock, node) });
  await new IndexPublisher(store).rebuild();
  return store;
}

test.each(['folder', 'S3'])(
  'a mirror on %s lists what it has by name, and is asked for no object in vain',
  async (kind) => {
    const s3 = testS3();
    const place = folderStore(join(await temporaryFolder(), 'mirror'), { durable: false });
    const store = await filled(
      kind === 'S3' ? s3Store({ endpoint: 'http://127.0.0.1:9', bucket: 'stack', fetch: s3.fetch }) : place,
    );
    s3.requests.length = 0;
    expect(await listedHashes(v3Layout(store), wanted)).toEqual(new Set([gauge.hash, tide.hash]));
    expect(s3.requests.filter((request) => request !== 'GET /stack')).toEqual([]);
  },
);

test('of a web server the index answers, and where there is none nothing is claimed', async () => {
  const store = await filled(folderStore(join(await temporaryFolder(), 'mirror'), { durable: false }));
  const other = tinyNode('other', '1', [gauge]);
  await new IndexPublisher(store).add({ version: 5, nodes: [other, gauge, tide] });
  const fetch = async (url: string) => {
    const bytes = await store.get(new URL(url).pathname.slice(1));
    return bytes === undefined ? new Response('', { status: 404 }) : new Response(new Uint8Array(bytes));
  };
  const web = v3Layout(httpStore('https://mirror.example.org', { fetch, retry: { attempts: 1 } }));
  expect(await listedHashes(web, wanted)).toEqual(new Set([gauge.hash, tide.hash, other.hash]));
  await store.put(indexManifestKey, Buffer.from('{}'));
  expect(await listedHashes(web, wanted)).toBeUndefined();
  await store.remove!(indexManifestKey);
  expect(await listedHashes(web, wanted)).toBeUndefined();
  expect(await listedHashes(v2Layout(store), wanted)).toBeUndefined();
});
