import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { compareText } from '../../kit/index.ts';
import {
  folderStore,
  migrateMirror,
  v2Layout,
  v3Layout,
  type Entry,
  type MirrorLayout,
  type ObjectStore,
  type ReadOptions,
} from '../../mirror/index.ts';
import {
  manifestKey,
  parseManifest,
  signedPayload,
  isClearsigned,
  blobKey,
  v2SpecKey,
  v2TarballKey,
  type BuildcacheName,
} from '../../spack/index.ts';
import type { MirrorPart } from '../definition.ts';
import { imageError } from '../errors.ts';

export interface MirrorTreeOptions {
  /** The mirror that the packages are on. */
  readonly store: ObjectStore;
  readonly ids: readonly BuildcacheName[];
  readonly layout: MirrorPart['layout'];
  /** How entries must be signed. */
  readonly read: ReadOptions;
  /** Signs what the mirror has in another layout only. */
  readonly sign?: (text: string) => Promise<string>;
  /** A folder that does not exist yet. */
  readonly folder: string;
}

/** A file of the build cache, by its path below the folder. */
export interface TreeFile {
  readonly path: string;
  /** SHA-256 of its bytes, where it is known. */
  readonly sha256?: string;
  /** Another file of the same package with the same bytes. */
  readonly sameAs?: string;
}

/** A build cache on disk, as it will be in an image. */
export interface MirrorTree {
  readonly folder: string;
  /** Files of each package below the folder, by DAG hash. */
  readonly files: ReadonlyMap<string, readonly TreeFile[]>;
  /** The public keys that its entries are signed with, one after the other; empty if nothing is signed. */
  readonly publicKeys: string;
}

/**
 * Writes a build cache with just these packages, its index and its keys. Blobs are linked where the disk allows.
 * Whatever cannot be verified, or would lose its signature, is an error.
 */
export async function mirrorTree(options: MirrorTreeOptions): Promise<MirrorTree> {
  const { store, ids, layout, folder } = options;
  await mkdir(folder, { recursive: true });
  const tree = folderStore(folder, { durable: false });
  const files = new Map(ids.map(({ hash }) => [hash, [] as TreeFile[]]));
  if (layout !== 'v2') {
    await copy(v3Layout(store), v3Layout(tree), options);
    for (const id of ids) files.get(id.hash)?.push(...(await v3Files(tree, id)));
  }
  if (layout !== 'v3') {
    await copy(await bestSource(options), v2Layout(tree), options);
    const written = v2Layout(tree);
    for (const id of ids) files.get(id.hash)?.push(...(await v2Files(written, id, layout === 'both')));
  }
  return { folder, files, publicKeys: await keysOf(store) };
}

/** The keys that the mirror offers, in whichever layout, by their fingerprints. */
async function keysOf(store: ObjectStore): Promise<string> {
  const listed = [...(await v3Layout(store).keys()), ...(await v2Layout(store).keys())];
  const keys = new Map(listed.map(({ fingerprint, publicKey }) => [fingerprint, `${publicKey.trim()}\n`]));
  const sorted = [...keys].toSorted(([a], [b]) => compareText(a, b));
  return sorted.map(([, publicKey]) => publicKey).join('');
}

/**
 * Layout v2 where the mirror has all of the packages in it with their signatures; otherwise v3, whose packages are
 * signed again.
 */
async function bestSource({ store, ids, read }: MirrorTreeOptions): Promise<MirrorLayout> {
  const v2 = v2Layout(store);
  for (const id of ids) {
    const entry = await v2.read(id, { ...read, requireSignature: false }).catch(() => undefined);
    if (entry === undefined) return v3Layout(store);
  }
  return v2;
}

async function copy(
  from: MirrorLayout,
  to: MirrorLayout,
  { ids, read, sign, folder }: MirrorTreeOptions,
): Promise<void> {
  const scratch = await mkdtemp(`${folder}.scratch-`);
  try {
    for await (const one of migrateMirror(from, to, { ids, read, scratch, sign })) {
      const { entry, signature, reason } = one;
      if (signature === 'refused') throw imageError('IMAGE_MIRROR_ENTRY', { entry, reason: reason ?? 'refused' });
      if (signature === 'lost')
        throw imageError('IMAGE_MIRROR_ENTRY', { entry, reason: `in layout ${to.kind} it would have no signature` });
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function v3Files(tree: ObjectStore, id: BuildcacheName): Promise<readonly TreeFile[]> {
  const key = manifestKey(id);
  const text = ((await tree.get(key)) ?? Buffer.from('')).toString('utf8');
  const { data } = parseManifest(isClearsigned(text) ? signedPayload(text) : text);
  return [{ path: key }, ...data.map(({ checksum: sha256 }) => ({ path: blobKey(sha256), sha256 }))];
}

/** In both layouts the tarball is the same, so that it is in the image once. */
async function v2Files(layout: MirrorLayout, id: BuildcacheName, isInBoth: boolean): Promise<readonly TreeFile[]> {
  const entry = (await layout.read(id, { requireSignature: false })) as Entry;
  const { nodes } = entry.spec;
  const { sha256 } = entry.tarball;
  const tarball = { path: v2TarballKey(nodes), sha256, sameAs: isInBoth ? blobKey(sha256) : undefined };
  const specs = [v2SpecKey(nodes, 'signed'), v2SpecKey(nodes, 'plain')];
  const files: TreeFile[] = [tarball];
  for (const path of specs) if ((await layout.store.head(path)) !== undefined) files.push({ path });
  return files;
}
