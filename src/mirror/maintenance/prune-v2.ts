import {
  isClearsigned,
  parseV2SpecKey,
  readSpecFile,
  signedPayload,
  v2Folder,
  v2TarballKey,
} from '../../spack/index.ts';
import { publishV2Index } from '../layouts/v2-index.ts';
import { v2Layout } from '../layouts/v2-layout.ts';
import type { ObjectStore } from '../stores/object-store.ts';

/**
 * Removes the second form of entries that are gone, where a mirror has one: from its index first, then spec files, then
 * tarballs.
 */
export async function removeFromV2(store: ObjectStore, gone: ReadonlySet<string>): Promise<void> {
  const keys: string[] = [];
  for await (const { key } of store.list(v2Folder)) if (gone.has(parseV2SpecKey(key)?.hash ?? '')) keys.push(key);
  if (keys.length === 0) return;
  await publishV2Index(v2Layout(store), { going: gone });
  for (const key of keys) {
    const tarball = tarballOf((await store.get(key))?.toString() ?? '');
    await store.remove?.(key);
    if (tarball !== undefined) await store.remove?.(tarball);
  }
}

/** Returns undefined for an invalid spec file, whose tarball is unknown. */
function tarballOf(text: string): string | undefined {
  try {
    return v2TarballKey(readSpecFile(isClearsigned(text) ? signedPayload(text) : text).nodes);
  } catch {
    return undefined;
  }
}
