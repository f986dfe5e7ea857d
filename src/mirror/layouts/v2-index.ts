import { sha256, type OnProgress } from '../../kit/index.ts';
import { v2IndexHashKey, v2IndexKey, type BuildcacheName } from '../../spack/index.ts';
import type { IndexPublisher } from '../catalog/index-publisher.ts';
import { IndexRecord } from '../catalog/index-record.ts';
import { IndexRows } from '../catalog/index-rows.ts';
import { indexText } from '../catalog/index-text.ts';
import { entryState } from '../entries/entry.ts';
import { putJson } from '../entries/put.ts';
import { inFlight } from '../maintenance/in-flight.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import type { MirrorLayout } from './layout.ts';

/** The version that Spack 0.19 to 0.23 read. */
const DATABASE = '7';
const AT_ONCE = 16;

/**
 * Makes `index.json` and its `.hash` from the packages that are there; those that are going and those that cannot be
 * read are left out.
 */
export async function publishV2Index(
  layout: MirrorLayout,
  { going = new Set(), onProgress }: { readonly going?: ReadonlySet<string>; readonly onProgress?: OnProgress } = {},
): Promise<void> {
  const rows = new IndexRows();
  const record = new IndexRecord(rows);
  const read = (id: BuildcacheName) =>
    entryState(async () => (going.has(id.hash) ? undefined : layout.read(id, { requireSignature: false })));
  const ids: BuildcacheName[] = [];
  for await (const id of layout.list()) ids.push(id);
  let done = 0;
  for await (const checked of inFlight(ids, AT_ONCE, read)) {
    onProgress?.((done += 1), ids.length);
    if (checked.state === 'valid') record.add({ nodes: checked.entry.spec.nodes, manifest: '' });
  }
  const text = indexText(rows, DATABASE);
  rows.close();
  await putIndex(layout.store, text);
}

/** Writes both with the packages of the index of layout v3, which all have a spec file. */
export async function publishV2IndexOf(store: ObjectStore, publisher: Pick<IndexPublisher, 'text'>): Promise<void> {
  await putIndex(store, await publisher.text(DATABASE));
}

async function putIndex(store: ObjectStore, text: string): Promise<void> {
  // Clients read the hash first: a new one before its index would make them keep the old index under it.
  await putJson(store, v2IndexKey, text);
  await store.put(v2IndexHashKey, Buffer.from(sha256(text)), { contentType: 'text/plain' });
}
