import { serve } from '@hono/node-server';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { startFaultyProxy } from '../../../test/support/faulty-proxy.ts';
import { gather } from '../../../test/support/gather.ts';
import { manyPackages, plainTarball } from '../../../test/support/many-packages.ts';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { testS3 } from '../../../test/support/s3.ts';
import { specNodes } from '../../spack/index.ts';
import { IndexPublisher } from '../catalog/index-publisher.ts';
import { listEntries } from '../catalog/list.ts';
import { readEntry } from '../entries/entry.ts';
import { pushEntry } from '../layouts/push.ts';
import { s3Store } from './s3-store.ts';

test('of forty concurrent pushes over a network that fails one request in five every entry is whole', async () => {
  const s3 = testS3();
  const server = serve({ fetch: (request) => s3.fetch(request.url, request), hostname: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const target = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const proxy = await startFaultyProxy({ target, seed: 7, share: 0.2 });
  onTestFinished(() => proxy.stop());
  const folder = await temporaryFolder();
  const store = s3Store({ endpoint: proxy.endpoint, bucket: 'stack', retry: { attempts: 12, baseMs: 1 } });
  const lock = manyPackages(40);
  const publisher = new IndexPublisher(store);
  await Promise.all(
    [...lock.nodes.values()].map(async (node) => {
      await pushEntry(store, { lock, hash: node.hash, tarball: await plainTarball(folder, node) });
      await publisher.add({ version: lock.specfileVersion, nodes: specNodes(lock, node.hash) });
    }),
  );
  const direct = s3Store({ endpoint: target, bucket: 'stack' });
  const listed = await gather(listEntries(direct));
  expect(new Set(listed.map(({ hash }) => hash))).toEqual(new Set(lock.nodes.keys()));
  for (const id of listed) expect((await readEntry(direct, id, { requireSignature: false }))?.id.hash).toBe(id.hash);
  const index = await new IndexPublisher(direct).current();
  expect(new Set(index.installs.keys())).toEqual(new Set(lock.nodes.keys()));
  expect(proxy.faults.lost + proxy.faults.dropped).toBeGreaterThan(0);
});
