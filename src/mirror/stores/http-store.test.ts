import { buffer } from 'node:stream/consumers';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { gather } from '../../../test/support/gather.ts';
import { temporaryFolder, tinyLock, tinyTarball } from '../../../test/support/mirror-package.ts';
import { IndexPublisher } from '../catalog/index-publisher.ts';
import { listEntries } from '../catalog/list.ts';
import { readEntry } from '../entries/entry.ts';
import { installEntry } from '../entries/install.ts';
import { pushEntry } from '../entries/push.ts';
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

test('it is tried again where that may help, and can not be written', async () => {
  const { web, faults, seen } = await served();
  faults.push(503, 429);
  expect(await web.get('nothing')).toBeUndefined();
  expect(seen).toEqual(Array.from({ length: 3 }, () => 'GET https://mirror.example.org/lab/nothing'));
  faults.push(403);
  await expect(web.get('nothing')).rejects.toMatchObject({ code: 'MIRROR_STORE_DENIED' });
  await expect(web.put('a', Buffer.from('x'))).rejects.toMatchObject({ code: 'MIRROR_STORE_READ_ONLY' });
  await expect(web.get('../a')).rejects.toMatchObject({ code: 'MIRROR_KEY_INVALID' });
});
