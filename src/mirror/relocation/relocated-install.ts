import { rm } from 'node:fs/promises';
import type { Entry } from '../entries/entry.ts';
import { installEntry, type InstallOptions } from '../entries/install.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { relocatePrefix, type Relocated, type RelocationRequest } from './relocate-prefix.ts';

type RelocatedInstall = RelocationRequest & Omit<InstallOptions, 'prefix'>;

/** Installs an entry so that it works at `prefix`, wherever it was built for. What cannot be moved leaves no folder. */
export async function installRelocated(
  store: ObjectStore,
  entry: Entry,
  install: RelocatedInstall,
): Promise<Relocated> {
  const { folder, limits, linkRoots } = install;
  await installEntry(store, entry, { folder, limits, linkRoots });
  try {
    return await relocatePrefix(install);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}
