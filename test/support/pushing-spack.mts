import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packPrefix, pushEntry, storeFromUrl } from '../../src/mirror/index.ts';
import { readLockfile, writeLockfile, writeSpecFile } from '../../src/spack/index.ts';
import { foreignLock, smallLock } from './external-locks.ts';

/**
 * Stands for Spack in the scripts of a job: `concretize` writes a lock, `buildcache push` packs the packages of the lock
 * and pushes them with real S3 requests, and what else there is does nothing.
 */
const words = process.argv.slice(2).filter((word) => !word.startsWith('-') && word !== '.');
const [command, action, mirror = ''] = words;
if (command === 'concretize')
  await writeFile('spack.lock', writeLockfile(process.env['FOREIGN_LOCK'] === undefined ? smallLock : foreignLock));
if (command === 'buildcache' && action === 'push') {
  const lock = readLockfile(await readFile('spack.lock', 'utf8'), 'spack.lock');
  const store = await storeFromUrl(mirror, process.env);
  const scratch = await mkdtemp(join(tmpdir(), 'slipway-push-'));
  for (const node of [...lock.nodes.values()].toReversed()) {
    const prefix = `/opt/stack/${node.name}-${node.version}-${node.hash}`;
    const installed = join(scratch, node.name);
    await writeFolder(installed, node.name);
    const prefixes = new Map([...lock.nodes.keys()].map((hash) => [hash, prefix]));
    const specFile = writeSpecFile(lock, node.hash);
    const output = join(scratch, `${node.name}.tar.gz`);
    const tarball = await packPrefix({ folder: installed, prefix, node, specFile, prefixes, output });
    await pushEntry(store, { lock, hash: node.hash, tarball });
    process.stdout.write(`pushed ${node.name}\n`);
  }
  await rm(scratch, { recursive: true });
}

async function writeFolder(folder: string, name: string): Promise<void> {
  await mkdir(join(folder, 'bin'), { recursive: true });
  await writeFile(join(folder, 'bin', name), `#!/bin/sh\necho ${name}\n`, { mode: 0o755 });
}
