import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { IndexPublisher } from './catalog/index-publisher.ts';
import { indexPath } from './catalog/index-rows.ts';
import type { SignText } from './catalog/index-statement.ts';
import type { ReadOptions } from './entries/entry.ts';
import { mirrorError } from './errors.ts';
import { detectLayout } from './layouts/detect-layout.ts';
import type { MirrorLayout } from './layouts/layout.ts';
import { isOldest } from './layout-0/import-oldest.ts';
import type { ObjectStore } from './stores/object-store.ts';
import { storeFromUrl, type MirrorEnvironment, type StoreAccess } from './stores/store-from-url.ts';

/** A mirror as a user names it: a folder, or an address that `storeFromUrl` understands. */
export interface NamedMirror {
  readonly url: string;
  /** The folder from which a relative path is meant. */
  readonly cwd: string;
  readonly env: MirrorEnvironment;
  readonly warn?: (message: string) => void;
}

/** Opens the store of a mirror, whether anything is in it or not. */
export async function openMirror(
  { url, cwd, env, warn }: NamedMirror,
  access: Pick<StoreAccess, 'mountFrom'> = {},
): Promise<ObjectStore> {
  return storeFromUrl(url.includes('://') ? url : resolve(cwd, url), env, { ...access, warn });
}

/** Opens a mirror of layout v3 or v2 to read it. Refuses layout 0 and an absent folder, which would look empty. */
export async function openMirrorLayout(mirror: NamedMirror): Promise<MirrorLayout> {
  requireMirror(mirror);
  return layoutOf(mirror);
}

/** Opens a mirror of layout v3 to read it. Refuses one that has an older layout alone, which would look empty. */
export async function openCurrentMirror(mirror: NamedMirror): Promise<ObjectStore> {
  return requireCurrent(await openMirrorLayout(mirror), mirror);
}

export interface MirrorWriter {
  readonly store: ObjectStore;
  /** To be closed after use. */
  readonly publisher: IndexPublisher;
}

/** Opens a mirror of layout v3 to write to it and its index. */
export async function openMirrorWriter(
  mirror: NamedMirror,
  { read, sign }: { readonly read: ReadOptions; readonly sign?: SignText },
): Promise<MirrorWriter> {
  const store = requireCurrent(await layoutOf(mirror), mirror);
  const folder = mirrorFolder(mirror);
  const path = folder === undefined ? undefined : indexPath(folder);
  return { store, publisher: new IndexPublisher(store, read, { path, sign }) };
}

/**
 * Throws if a mirror would be in a folder that does not exist or is a file. Other stores are known only once they are
 * used.
 */
export function requireMirror(mirror: NamedMirror): void {
  if (isMirrorAbsent(mirror)) throw mirrorError('MIRROR_ABSENT', { mirror: mirror.url });
  const folder = mirrorFolder(mirror);
  if (folder !== undefined && !statSync(folder).isDirectory())
    throw mirrorError('MIRROR_IS_FILE', { mirror: mirror.url });
}

/** Returns whether a mirror would be in a folder that does not exist. */
export function isMirrorAbsent(mirror: Pick<NamedMirror, 'url' | 'cwd'>): boolean {
  const folder = mirrorFolder(mirror);
  return folder !== undefined && !existsSync(folder);
}

/** Returns the folder that the address of a mirror names; undefined for other kinds of stores. */
export function mirrorFolder({ url, cwd }: Pick<NamedMirror, 'url' | 'cwd'>): string | undefined {
  if (url.startsWith('file://')) return fileURLToPath(url);
  return url.includes('://') ? undefined : resolve(cwd, url);
}

async function layoutOf(mirror: NamedMirror): Promise<MirrorLayout> {
  const layout = await detectLayout(await openMirror(mirror));
  if (layout.kind === 'v2' && (await isOldest(layout.store)))
    throw mirrorError('MIRROR_LAYOUT_OLDEST', { mirror: mirror.url });
  return layout;
}

function requireCurrent({ kind, store }: MirrorLayout, { url }: NamedMirror): ObjectStore {
  if (kind !== 'v3') throw mirrorError('MIRROR_LAYOUT_OLD', { mirror: url });
  return store;
}
