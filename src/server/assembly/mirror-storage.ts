import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { StackConfiguration } from '../../coordinator/index.ts';
import { folderStore, indexPath, sweepTemporary, type ObjectStore } from '../../mirror/index.ts';
import { configuredStore, type MirrorAccess } from './configured-store.ts';
import type { ServerParts } from './server-parts.ts';

/** The storage of one stack's mirror, with the roots of pull requests in it. */
export interface MirrorStorage {
  readonly store: ObjectStore;
  /** Returns the SQLite file with the index of a root: in the mirror if that is a folder, else in the data folder. */
  indexFile(prefix: string): string;
  /** Removes everything below a root other than the first. */
  clear(prefix: string): Promise<void>;
  /** Removes the remains of interrupted writes. */
  sweep(): Promise<void>;
}

type StorageParts = Pick<ServerParts, 'settings' | 'folder' | 'env'>;

/** Returns the location of a stack's mirror: what its `mirror` names, else a folder in the data folder. */
export function mirrorLocation(
  stack: StackConfiguration,
  { settings, folder }: StorageParts,
): { readonly location: string; readonly isFolder: boolean; readonly access: MirrorAccess } {
  const named = settings.configuration.mirrors.find(({ name }) => name === stack.mirror);
  if (named === undefined) return { location: folder.mirror(stack.name), isFolder: true, access: {} };
  const { name: _name, path, url = '', perStack, ...access } = named;
  // Each stack has a folder, a prefix or a repository of its own below it.
  const part = perStack ? [stack.name] : [];
  if (path !== undefined) return { location: join(resolve(settings.base, path), ...part), isFolder: true, access: {} };
  return { location: [url.replace(/\/+$/, ''), ...part].join('/'), isFolder: false, access };
}

/** Opens the storage of a stack's mirror for writing. */
export async function mirrorStorage(stack: StackConfiguration, parts: StorageParts): Promise<MirrorStorage> {
  const { settings, folder, env } = parts;
  const { location, isFolder, access } = mirrorLocation(stack, parts);
  if (isFolder) return folderStorage(location);
  const { base, reveal } = settings;
  const store = await configuredStore(location, access, { env, base, stack: stack.name, reveal });
  return remoteStorage(store, join(folder.root, 'indexes', stack.name));
}

function folderStorage(path: string): MirrorStorage {
  return {
    store: folderStore(path),
    indexFile: (prefix) => indexPath(join(path, prefix)),
    clear: (prefix) => rm(join(path, prefix), { recursive: true, force: true }),
    sweep: async () => void (await sweepTemporary(path)),
  };
}

function remoteStorage(store: ObjectStore, indexes: string): MirrorStorage {
  const folderOf = (prefix: string) => join(indexes, prefix === '' ? 'protected' : prefix);
  return {
    store,
    indexFile: (prefix) => join(folderOf(prefix), 'index.sqlite'),
    clear: async (prefix) => {
      await rm(folderOf(prefix), { recursive: true, force: true });
      for await (const { key } of store.list(`${prefix}/`)) await store.remove?.(key);
    },
    sweep: async () => undefined,
  };
}
