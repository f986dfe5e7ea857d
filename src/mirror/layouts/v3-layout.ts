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
import { readEntry } from '../entries/entry.ts';
import { gzipRecord, putBlob } from '../entries/push.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import type { MirrorLayout, NewEntry } from './layout.ts';

/** A build cache as Spack 1.0 and later write it: manifests that name blobs. */
export function v3Layout(store: ObjectStore): MirrorLayout {
  return {
    kind: 'v3',
    store,
    list: () => listEntries(store),
    read: (id, options) => readEntry(store, id, options),
    tarballKey: ({ tarball }) => blobKey(tarball.sha256),
    payload: async (entry) => {
      const spec = specBlob(entry);
      await putBlob(store, sha256(spec), spec);
      const { sha256: checksum, size, diffId } = entry.tarball;
      const tarball = gzipRecord(checksum, size, buildcacheMediaTypes.tarball);
      const records = [
        diffId === undefined ? tarball : { ...tarball, diffId },
        gzipRecord(sha256(spec), spec.length, specMediaType(entry.spec.version)),
      ];
      return formatManifest({ version: 3, data: records });
    },
    put: (entry, text) => store.put(manifestKey(entry.id), Buffer.from(text), { contentType: 'application/json' }),
    publishIndex: async () => {
      await writeLayout(store);
      const publisher = new IndexPublisher(store);
      await publisher.rebuild();
      publisher.close();
    },
    keys: () => publishedKeys(store),
    publishKeys: (keys, withdrawn) => publishKeys(store, keys, withdrawn),
  };
}

function specBlob({ spec }: NewEntry): Buffer {
  return gzip(
    pythonJson({ spec: { _meta: { version: spec.version }, nodes: spec.nodes }, buildcache_layout_version: 2 }),
  );
}
