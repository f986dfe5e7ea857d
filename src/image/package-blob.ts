import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import type { ObjectStore } from '../mirror/index.ts';
import { mediaTypes, verifiedStream, type Blob } from '../oci/index.ts';
import { blobKey } from '../spack/index.ts';
import { imageError } from './errors.ts';
import { describePackage, type PackageTarball } from './plan.ts';

/** A package, and where the mirror has it; a `PlannedPackage` is one. */
export interface StoredPackage {
  readonly node: { readonly name: string; readonly version: string; readonly hash: string };
  readonly tarball: PackageTarball;
}

/** A package's tarball on the mirror as an image layer: the same bytes, under a layer's media type. */
export function packageBlob(store: ObjectStore, planned: StoredPackage): Blob {
  const { sha256, size, compression = 'gzip', key = blobKey(sha256) } = planned.tarball;
  const mediaType = compression === 'gzip' ? mediaTypes.layerGzip : mediaTypes.layerTar;
  const descriptor = { mediaType, digest: `sha256:${sha256}`, size };
  // A folder's blobs are never written to again, so a layout on the same disk may link to them.
  const file = store.url.startsWith('file://') ? join(fileURLToPath(store.url), key) : undefined;
  return {
    descriptor,
    file,
    open: async () => {
      const verified = verifiedStream(descriptor, store.url);
      // The reader sees an error of either stream on `verified`.
      pipeline(await openTarball(store, planned, key), verified).catch(() => undefined);
      return verified;
    },
  };
}

async function openTarball(store: ObjectStore, { node }: StoredPackage, key: string): Promise<Readable> {
  const stream = await store.open(key);
  if (stream === undefined)
    throw imageError('IMAGE_BLOB_MISSING', { key, package: describePackage(node), mirror: store.url });
  return stream;
}
