import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { DataFolder, ServerSettings, StackConfiguration } from '../../coordinator/index.ts';
import { folderStore, indexPath, sweepTemporary } from '../../mirror/index.ts';
import type { ObjectStore } from '../../mirror/index.ts';
import { configuredStore } from './configured-store.ts';

/** Where the mirror of one stack lies, with pull requests' roots in it. */
export interface MirrorPlace {
  readonly store: ObjectStore;
  /** SQLite file with the index of a root: in the mirror if that is a folder, else in the data folder. */
  indexFile(prefix: string): string;
  /** Takes away all that lies below a root other than the first. */
  clear(prefix: string): Promise<void>;
  /** Takes away what writes that were cut off have left. */
  sweep(): Promise<void>;
}

interface PlaceParts {
  readonly settings: ServerSettings;
  readonly folder: DataFolder;
  readonly env: Readonly<Record<string, string | undefined>>;
}

type Access = Parameters<typeof configuredStore>[1];

/** Folder or URL of a stack's mirror, and how it is reached: what its `mirror` names, else a folder of the data folder. */
export function mirrorLocation(
  stack: StackConfiguration,
  { settings, folder }: Pick<PlaceParts, 'settings' | 'folder'>,
): { readonly place: string; readonly isFolder: boolean; readonly access: Access } {
  const named = settings.configuration.mirrors.find(({ name }) => name === stack.mirror);
  if (named === undefined) return { place: folder.mirror(stack.name), isFolder: true, access: {} };
  const { name: _name, path, url = '', ...access } = named;
  if (path !== undefined) return { place: join(resolve(settings.base, path), stack.name), isFolder: true, access: {} };
  // Each stack has a prefix, or a repository, of its own below the mirror's URL.
  return { place: `${url.replace(/\/+$/, '')}/${stack.name}`, isFolder: false, access };
}

/** The place of a stack's mirror, opened for writing. */
export async function mirrorPlace(stack: StackConfiguration, parts: PlaceParts): Promise<MirrorPlace> {
  const { settings, folder, env } = parts;
  const { place, isFolder, access } = mirrorLocation(stack, parts);
  if (isFolder) return folderPlace(place);
  const owner = `the mirror of stack \`${stack.name}\``;
  const store = await configuredStore(place, access, { env, base: settings.base, owner, reveal: settings.reveal });
  return remotePlace(store, join(folder.root, 'indexes', stack.name));
}

function folderPlace(path: string): MirrorPlace {
  return {
    store: folderStore(path),
    indexFile: (prefix) => indexPath(join(path, prefix)),
    clear: (prefix) => rm(join(path, prefix), { recursive: true, force: true }),
    sweep: async () => void (await sweepTemporary(path)),
  };
}

function remotePlace(store: ObjectStore, indexes: string): MirrorPlace {
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
