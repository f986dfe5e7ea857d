import { specNodes, type Lockfile } from '../../spack/index.ts';
import type { PackedTarball } from '../archive/pack.ts';
import type { SignText } from '../catalog/index-statement.ts';
import { writeLayout } from '../catalog/keys.ts';
import { putBlob } from '../entries/put.ts';
import { mirrorError } from '../errors.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import type { MirrorLayout, NewEntry } from './layout.ts';
import { v3Layout } from './v3-layout.ts';

interface PushRequest {
  readonly lock: Lockfile;
  /** DAG hash of the package. */
  readonly hash: string;
  readonly tarball: PackedTarball;
  /** Omitted where the gateway signs. */
  readonly sign?: SignText | undefined;
}

/** Pushes a package into each of these layouts; each with a signature of its own. */
export async function pushPackage(layouts: readonly MirrorLayout[], request: PushRequest): Promise<void> {
  for (const layout of layouts) {
    await writeEntry(layout, newEntry(request), request.sign);
    // A server has done this before; for a folder that a run creates it is done here.
    if (layout.kind === 'v3') await writeLayout(layout.store);
  }
}

/** Pushes a package into a mirror of layout v3. Returns the manifest. */
export async function pushEntry(store: ObjectStore, request: PushRequest): Promise<string> {
  return writeEntry(v3Layout(store), newEntry(request), request.sign);
}

/**
 * Writes an entry: blobs first, the text that names them last, so that a reader sees the whole entry or none. Blobs
 * that are present are not sent again: a push that was cut off continues where it stopped. Returns that text.
 */
export async function writeEntry(
  layout: MirrorLayout,
  entry: NewEntry & { readonly tarball: PackedTarball },
  sign: SignText | undefined,
): Promise<string> {
  const { file, size, sha256 } = entry.tarball;
  if (layout.kind === 'v3') await putBlob(layout.store, sha256, { file, size });
  // The name of a tarball in layout v2 does not depend on its content: another build may have it.
  else await layout.store.put(layout.tarballKey(entry), { file, size });
  const payload = await layout.payload(entry);
  const text = sign === undefined ? payload : await sign(payload);
  await layout.put(entry, text);
  return text;
}

function newEntry({ lock, hash, tarball }: PushRequest) {
  const id = lock.nodes.get(hash);
  if (id === undefined) throw mirrorError('MIRROR_SPEC_NOT_IN_LOCK', { hash });
  return { id, spec: { version: lock.specfileVersion, nodes: specNodes(lock, hash) }, tarball };
}
