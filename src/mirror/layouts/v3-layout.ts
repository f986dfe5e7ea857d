import { sha256 } from '../../kit/index.ts';
import {
  blobKey,
  buildcacheMediaTypes,
  formatManifest,
  manifestKey,
  pythonJson,
  specMediaType,
} from '../../spack/index.ts';
import { gzip } from '../archive/gzip.ts';
import { IndexPublisher } from '../catalog/index-publisher.ts';
import { publishKeys, publishedKeys, writeLayout } from '../catalog/keys.ts';
import { listEntries } from '../catalog/list.ts';
import { readIndex } from '../catalog/read-index.ts';
import { readEntry } from '../entries/entry.ts';
import { blobRecord, putBlob, putJson } from '../entries/put.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import type { MirrorLayout } from './layout.ts';

/** A build cache as Spack 1.0 and later write it: manifests that name blobs. */
export function v3Layout(store: ObjectStore): MirrorLayout {
  return {
    kind: 'v3',
    store,
    list: () => listEntries(store),
    read: (id, options) => readEntry(store, id, options),
    tarballKey: ({ tarball }) => blobKey(tarball.sha256),
    payload: async ({ spec: { version, nodes }, tarball }) => {
      const spec = gzip(pythonJson({ spec: { _meta: { version }, nodes }, buildcache_layout_version: 2 }));
      const digest = sha256(spec);
      await putBlob(store, digest, spec);
      const records = [
        { ...blobRecord(buildcacheMediaTypes.tarball, tarball), diffId: tarball.diffId },
        blobRecord(specMediaType(version), { sha256: digest, size: spec.length }),
      ];
      return formatManifest({ version: 3, data: records });
    },
    put: (entry, text) => putJson(store, manifestKey(entry.id), text),
    index: async () => (await readIndex(store))?.file,
    publishIndex: async (onProgress) => {
      await writeLayout(store);
      const publisher = new IndexPublisher(store);
      await publisher.rebuild(onProgress);
      publisher.close();
    },
    keys: () => publishedKeys(store),
    publishKeys: (keys, withdrawn) => publishKeys(store, keys, withdrawn),
  };
}
