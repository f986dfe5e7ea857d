import { SlipwayError, sha256 } from '../../kit/index.ts';
import { addToIndex, emptyIndex, formatIndexFile, v2IndexHashKey, v2IndexKey } from '../../spack/index.ts';
import type { Layout } from './layout.ts';

/** The database version that Spack 0.19 to 0.23 know. */
const DATABASE = '7';

/** Makes `index.json` and its `.hash` from the packages that are there; one that can not be read is left out. */
export async function publishV2Index(layout: Layout): Promise<void> {
  let index = { ...emptyIndex, version: DATABASE };
  for await (const id of layout.list()) {
    try {
      const entry = await layout.read(id, { requireSignature: false });
      if (entry !== undefined) index = { ...addToIndex(index, entry.spec.nodes), version: DATABASE };
    } catch (error) {
      if (!(error instanceof SlipwayError) || error.code.startsWith('MIRROR_STORE_')) throw error;
    }
  }
  const text = formatIndexFile(index);
  // The hash is what clients ask for first: a new one before its index would make them keep the old under it.
  await layout.store.put(v2IndexKey, Buffer.from(text), { contentType: 'application/json' });
  await layout.store.put(v2IndexHashKey, Buffer.from(sha256(text)), { contentType: 'text/plain' });
}
