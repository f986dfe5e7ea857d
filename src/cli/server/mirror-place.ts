import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { DataFolder, MirrorConfiguration, StackConfiguration } from '../../coordinator/index.ts';
import { folderStore, indexPath, storeFromUrl, sweepTemporary } from '../../mirror/index.ts';
import type { ObjectStore, StoreAccess } from '../../mirror/index.ts';
import type { ServerSettings } from './settings.ts';

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

export interface PlaceParts {
  readonly settings: ServerSettings;
  readonly folder: DataFolder;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The place that a stack's `mirror` names, else a folder of the data folder. */
export async function mirrorPlace(stack: StackConfiguration, parts: PlaceParts): Promise<MirrorPlace> {
  const { settings, folder } = parts;
  const named = settings.configuration.mirrors.find(({ name }) => name === stack.mirror);
  if (named === undefined) return folderPlace(folder.mirror(stack.name));
  if (named.path !== undefined) return folderPlace(join(resolve(settings.base, named.path), stack.name));
  const store = await remoteStore(named, stack.name, parts);
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

/** Each stack has a prefix, or a repository, of its own below the mirror's URL. */
async function remoteStore(mirror: MirrorConfiguration, stack: string, parts: PlaceParts): Promise<ObjectStore> {
  const { settings, env } = parts;
  const { name, url = '', endpoint, region, addressing, profile, credentials } = mirror;
  const reveal = async (half: 'id' | 'secret') =>
    credentials && settings.reveal(credentials[half], `the ${half} of mirror \`${name}\``);
  const access: StoreAccess = {
    endpoint,
    profile,
    id: (await reveal('id'))?.reveal(),
    secret: await reveal('secret'),
  };
  const said = {
    ...(region === undefined ? {} : { AWS_REGION: region }),
    ...(addressing === undefined ? {} : { SLIPWAY_S3_ADDRESSING: addressing }),
  };
  return storeFromUrl(`${url.replace(/\/+$/, '')}/${stack}`, { ...env, ...said }, access);
}
