import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import PQueue from 'p-queue';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  IndexPublisher,
  checkEntry,
  listEntries,
  pushEntry,
  readEntry,
  type ObjectStore,
} from '../../src/mirror/index.ts';
import { s3Store } from '../../src/mirror/stores/s3-store.ts';
import { specNodes } from '../../src/spack/index.ts';
import { startFaultyProxy, type FaultyProxy } from '../support/faulty-proxy.ts';
import { gather } from '../support/gather.ts';
import { manyPackages, plainTarball } from '../support/many-packages.ts';
import { startMinio, type Minio } from '../support/minio.ts';
import { findPart } from '../support/part.ts';
import { removeFolder } from '../support/remove-folder.ts';

const minio = findPart('minio');
const anyhow = { requireSignature: false };
const COUNT = 1000;

describe.skipIf(minio === undefined)('MinIO behind a proxy that drops, delays, truncates and refuses', () => {
  let folder: string;
  let server: Minio;
  let proxy: FaultyProxy;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-faulty-'));
    server = await startMinio(minio as string, join(folder, 'minio'));
    proxy = await startFaultyProxy({ target: server.endpoint, seed: 2026, share: 0.15 });
  });
  afterAll(async () => {
    await proxy.stop();
    await server.stop();
    await removeFolder(folder);
  });

  const storeAt = (endpoint: string): ObjectStore => {
    const { accessKeyId, secretAccessKey } = server;
    const retry = { attempts: 12, baseMs: 5 };
    return s3Store({ endpoint, accessKeyId, secretAccessKey, bucket: 'stack', prefix: 'm', retry });
  };

  test(`${COUNT} pushes: no entry is lost, none is seen half, and the index equals the entries`, async () => {
    const lock = manyPackages(COUNT);
    const [store, direct] = [storeAt(proxy.endpoint), storeAt(server.endpoint)];
    const publisher = new IndexPublisher(store);
    const queue = new PQueue({ concurrency: 16 });
    const pushes = [...lock.nodes.values()].map((node) =>
      queue.add(async () => {
        await pushEntry(store, { lock, hash: node.hash, tarball: await plainTarball(folder, node) });
        await publisher.add({ version: lock.specfileVersion, nodes: specNodes(lock, node.hash) });
      }),
    );
    let isPushing = true;
    const watching = watch(direct, () => isPushing);
    await Promise.all(pushes);
    isPushing = false;
    const { looks, halves } = await watching;
    expect(halves).toEqual([]);
    expect(looks).toBeGreaterThanOrEqual(COUNT);

    const listed = (await gather(listEntries(direct))).map(({ hash }) => hash);
    expect(listed.toSorted()).toEqual([...lock.nodes.keys()].toSorted());
    for (const node of lock.nodes.values()) expect((await readEntry(direct, node, anyhow))?.id).toEqual(node);
    const indexed = [...(await new IndexPublisher(direct).current()).installs.keys()];
    expect(indexed.toSorted()).toEqual(listed.toSorted());
    const { faults, requests } = proxy;
    expect(Math.min(...Object.values(faults))).toBeGreaterThan(50);
    process.stdout.write(
      `${requests} requests met these faults: ${JSON.stringify(faults)}; ${looks} looks meanwhile\n`,
    );
  });
});

/**
 * Reads, past the proxy, every entry that can be seen, over and over until there is no pushing any more, and then once.
 */
async function watch(store: ObjectStore, isPushing: () => boolean): Promise<{ looks: number; halves: string[] }> {
  const halves: string[] = [];
  let looks = 0;
  for (let isLast = false; !isLast;) {
    isLast = !isPushing();
    for await (const id of listEntries(store)) {
      looks += 1;
      const checked = await checkEntry(store, id, anyhow);
      if (checked.state !== 'valid')
        halves.push(`${id.name}: ${checked.state === 'invalid' ? checked.reason : 'absent'}`);
    }
  }
  return { looks, halves };
}
