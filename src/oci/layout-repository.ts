import { pipeline } from 'node:stream/promises';
import { ociError } from './errors.ts';
import type { ImageTarget } from './image.ts';
import type { Layout } from './layout.ts';
import { verifiedStream } from './verified-stream.ts';

/**
 * One repository of a layout, to read and to write. An empty name reads the ref names that other tools wrote.
 * `location` names it in messages; by default as skopeo and our commands do.
 */
export function layoutRepository(
  layout: Layout,
  repository: string,
  location: string = locationOf(layout, repository),
): ImageTarget {
  return {
    location,
    readManifest: (reference) => layout.resolve(repository, reference),
    openBlob: async (descriptor) => {
      const stream = await layout.openBlob(descriptor.digest);
      if (stream === undefined) throw ociError('OCI_BLOB_MISSING', { digest: descriptor.digest, location });
      const verified = verifiedStream(descriptor, location);
      // The reader sees an error of either stream on `verified`.
      pipeline(stream, verified).catch(() => undefined);
      return verified;
    },
    hasBlob: (descriptor) => layout.keeps(descriptor),
    putBlob: async (blob) => {
      await layout.writeBlob(blob);
      return 'sent';
    },
    putManifest: (manifest, reference) => layout.putManifest({ repository, reference }, manifest),
    remove: async (reference) => ((await layout.removeManifest({ repository, reference })) ? 'removed' : 'absent'),
  };
}

function locationOf({ path }: Layout, repository: string): string {
  return repository === '' ? `oci:${path}` : `oci:${path}:${repository}`;
}
