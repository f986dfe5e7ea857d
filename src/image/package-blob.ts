import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import type { ObjectStore } from '../mirror/index.ts';
import { mediaTypes, verifiedStream } from '../oci/index.ts';
import type { Blob } from '../oci/index.ts';
import { blobKey } from '../spack/index.ts';
import { imageError } from './errors.ts';
import { describePackage } from './plan.ts';
import type { PlannedPackage } from './plan.ts';

/** A package's tarball on the mirror as an image layer: the same bytes, under a layer's media type. */
export function packageBlob(store: ObjectStore, planned: PlannedPackage): Blob {
  const { node, tarball } = planned;
  const annotations = { 'io.slipway.package': `${node.name}@${node.version}/${node.hash}` };
  const descriptor = {
    mediaType: mediaTypes.layerGzip,
    digest: `sha256:${tarball.sha256}`,
    size: tarball.size,
    annotations,
  };
  const key = blobKey(tarball.sha256);
  // A folder's blobs are never written to again, so a layout on the same disk may link to them.
  const file = store.url.startsWith('file://') ? join(fileURLToPath(store.url), key) : undefined;
  return {
    descriptor,
    ...(file === undefined ? {} : { file }),
    open: async () => {
      const verified = verifiedStream(descriptor, store.url);
      // The reader sees an error of either stream on `verified`.
      pipeline(await openTarball(store, planned), verified).catch(() => undefined);
      return verified;
    },
  };
}

/**
 * The absolute prefix that a package was installed in, from the head of its tarball: Spack writes an archive
 * depth first, so `<prefix>/.spack` is the first folder of that name.
 */
export async function readPrefix(store: ObjectStore, planned: PlannedPackage): Promise<string> {
  const extractor = extract();
  const source = await openTarball(store, planned);
  const feeding = pipeline(source, createGunzip(), extractor).catch(() => undefined);
  try {
    for await (const entry of extractor) {
      const match = /^(.+?)\/\.spack(\/|$)/.exec(entry.header.name);
      if (match?.[1] !== undefined) return `/${match[1]}`;
      entry.resume();
    }
  } finally {
    source.destroy();
    extractor.destroy();
    await feeding;
  }
  throw imageError('IMAGE_PREFIX_UNKNOWN', { package: describePackage(planned.node) });
}

async function openTarball(store: ObjectStore, { node, tarball }: PlannedPackage): Promise<Readable> {
  const key = blobKey(tarball.sha256);
  const stream = await store.open(key);
  if (stream === undefined)
    throw imageError('IMAGE_BLOB_MISSING', { key, package: describePackage(node), mirror: store.url });
  return stream;
}
