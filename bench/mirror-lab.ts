import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { once } from 'node:events';
import { folderStore, gzip, putBlob, writeLayout, type ObjectStore } from '../src/mirror/index.ts';
import { digestFile, sha256 } from '../src/kit/index.ts';
import {
  formatManifest,
  manifestKey,
  specMediaType,
  withHash,
  writeSpecFile,
  type BlobRecord,
  type Lockfile,
  type SpecNode,
} from '../src/spack/index.ts';

/** Packages in layers of a hundred, each of which needs five of the layer before; a node is as large as a real one. */
export function* manyNodes(count: number): Iterable<SpecNode> {
  let before: SpecNode[] = [];
  let layer: SpecNode[] = [];
  const flags = Object.fromEntries(['cflags', 'cxxflags', 'fflags', 'ldflags', 'ldlibs'].map((name) => [name, []]));
  for (let index = 0; index < count; index += 1) {
    const needs =
      before.length === 0 ? [] : [0, 1, 2, 3, 4].map((step) => before[(index + step * 17) % before.length]!);
    const dependencies = needs.map(({ name, hash }) => ({
      name,
      hash,
      parameters: { deptypes: ['build' as const, 'link' as const], virtuals: [] },
    }));
    const node = withHash({
      name: `package-${index}`,
      version: '1.2.3',
      arch: { platform: 'linux', platform_os: 'debian13', target: 'x86_64' },
      namespace: 'builtin',
      parameters: {
        build_system: 'cmake',
        build_type: 'Release',
        generator: 'make',
        ipo: false,
        shared: true,
        ...flags,
      },
      package_hash: 'h7cukqlyw7krpvv4tqkh6xdqhrjmnvbcwbwg2eo3ezkyfzvnhy4q====',
      ...(dependencies.length > 0 ? { dependencies } : {}),
      annotations: { original_specfile_version: 5 },
    });
    layer.push(node);
    if (layer.length === 100) [before, layer] = [layer, []];
    yield node;
  }
}

/** A mirror whose packages have random bytes as tarballs: `sizes` has one for each, in bytes. */
export async function writeMirror(
  folder: string,
  sizes: readonly number[],
): Promise<{ store: ObjectStore; nodes: readonly SpecNode[] }> {
  const store = folderStore(join(folder, 'mirror'), { durable: false });
  const nodes = [...manyNodes(sizes.length)];
  const lock: Lockfile = {
    lockfileVersion: 6,
    specfileVersion: 5,
    spack: {},
    roots: [],
    nodes: new Map(nodes.map((node) => [node.hash, node])),
  };
  await mkdir(folder, { recursive: true });
  await writeLayout(store);
  for (const [index, node] of nodes.entries()) {
    const file = join(folder, 'tarball');
    await writeRandom(file, sizes[index] ?? 0);
    const tarball = await digestFile(file);
    const spec = gzip(writeSpecFile(lock, node.hash));
    await putBlob(store, tarball.sha256, { file, size: (await stat(file)).size });
    await putBlob(store, sha256(spec), spec);
    const data = [
      record(tarball.sha256, tarball.size, 'application/vnd.spack.install.v2.tar+gzip'),
      record(sha256(spec), spec.length, specMediaType(5)),
    ];
    await store.put(manifestKey(node), Buffer.from(formatManifest({ version: 3, data })));
  }
  return { store, nodes };
}

function record(checksum: string, contentLength: number, mediaType: string): BlobRecord {
  return { contentLength, mediaType, compression: 'gzip', checksumAlgorithm: 'sha256', checksum };
}

async function writeRandom(path: string, size: number): Promise<void> {
  const file = createWriteStream(path);
  for (let left = size; left > 0; left -= 2 ** 24) {
    if (!file.write(randomBytes(Math.min(left, 2 ** 24)))) await once(file, 'drain');
  }
  file.end();
  await once(file, 'finish');
}
