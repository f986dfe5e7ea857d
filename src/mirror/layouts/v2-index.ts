import { SlipwayError, sha256 } from '../../kit/index.ts';
import { v2IndexHashKey, v2IndexKey, type BuildcacheName } from '../../spack/index.ts';
import type { IndexPublisher } from '../catalog/index-publisher.ts';
import { inFlight } from '../maintenance/in-flight.ts';
import { IndexRecord } from '../catalog/index-record.ts';
import { IndexRows } from '../catalog/index-rows.ts';
import { indexPieces, indexTail } from '../catalog/index-text.ts';
import type { Entry } from '../entries/entry.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import type { MirrorLayout } from './layout.ts';

/** What Spack 0.19 to 0.23 know. */
const DATABASE = '7';
const AT_ONCE = 16;

/**
 * Makes `index.json` and its `.hash` from the packages that are there; those that are going and those that can not be
 * read are left out.
 */
export async function publishV2Index(layout: MirrorLayout, going: ReadonlySet<string> = new Set()): Promise<void> {
  const rows = new IndexRows();
  const record = new IndexRecord(rows);
  const read = async (id: BuildcacheName) => (going.has(id.hash) ? undefined : readable(layout, id));
  for await (const entry of inFlight(layout.list(), AT_ONCE, read))
    if (entry !== undefined) record.add({ nodes: entry.spec.nodes, manifest: '' });
  const text = [...indexPieces(rows, DATABASE)].map((piece) => piece.text).join('') + indexTail;
  rows.close();
  await putIndex(layout.store, text);
}

/** Writes both with the packages of the index of layout v3, which all have a spec file. */
export async function publishV2IndexOf(store: ObjectStore, publisher: Pick<IndexPublisher, 'text'>): Promise<void> {
  await putIndex(store, await publisher.text(DATABASE));
}

async function putIndex(store: ObjectStore, text: string): Promise<void> {
  // The hash is what clients ask for first: a new one before its index would make them keep the old under it.
  await store.put(v2IndexKey, Buffer.from(text), { contentType: 'application/json' });
  await store.put(v2IndexHashKey, Buffer.from(sha256(text)), { contentType: 'text/plain' });
}

async function readable(layout: MirrorLayout, id: BuildcacheName): Promise<Entry | undefined> {
  try {
    return await layout.read(id, { requireSignature: false });
  } catch (error) {
    if (!(error instanceof SlipwayError) || error.code.startsWith('MIRROR_STORE_')) throw error;
    return undefined;
  }
}
