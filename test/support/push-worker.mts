import { join } from 'node:path';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { IndexPublisher, indexPath, packPrefix, pushEntry, storeFromUrl } from '../../src/mirror/index.ts';
import { writeSpecFile } from '../../src/spack/index.ts';
import { crowdLock } from './crowd-lock.ts';

/**
 * A process of its own that packs and pushes its share of a lock to a mirror, as a job without a server does, and
 * prints the hash of each package once its push has ended: `push-worker.mts MIRROR TOTAL WORKERS NUMBER`.
 */
const [mirror = '', total = '0', workers = '1', number = '0'] = process.argv.slice(2);
const lock = crowdLock(Number(total));
const store = await storeFromUrl(mirror, process.env);
const shared = mirror.includes('://') ? {} : { path: indexPath(mirror) };
const publisher = new IndexPublisher(store, { requireSignature: false }, shared);
const scratch = await mkdtemp(join(tmpdir(), 'slipway-push-'));

for (const [at, node] of [...lock.nodes.values()].entries()) {
  if (at % Number(workers) !== Number(number)) continue;
  const prefix = `/opt/stack/${node.name}-${node.version}-${node.hash}`;
  const installed = join(scratch, node.name);
  await mkdir(join(installed, 'bin'), { recursive: true });
  await writeFile(join(installed, 'bin', node.name), `#!/bin/sh\necho ${node.name}\n`, { mode: 0o755 });
  const specFile = writeSpecFile(lock, node.hash);
  const request = { folder: installed, prefix, node, specFile, prefixes: new Map([[node.hash, prefix]]) };
  const tarball = await packPrefix({ ...request, output: join(scratch, `${node.name}.tar.gz`) });
  await pushEntry(store, { lock, hash: node.hash, tarball });
  await publisher.add({ version: lock.specfileVersion, nodes: [node] });
  process.stdout.write(`${node.hash}\n`);
}
publisher.close();
await rm(scratch, { recursive: true });
