import { rmSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ImageIndex, ImageManifest, isIndexType, isManifestType } from './image-model.ts';

/**
 * How long a blob stays after it was put, or found by a writer that is about to name it: publishing, with all retries,
 * takes less.
 */
const GRACE_MS = 6 * 3600_000;

/**
 * When blobs were last put, or found by a writer that is about to name them, in this process, by digest; milliseconds
 * since 1970.
 */
export type BlobUses = Map<string, number>;

/**
 * Removes the blobs of a layout that nothing in its index needs, also through other indexes and manifests, and that no
 * writer is about to use. Removes nothing if a manifest cannot be read. The caller keeps writers of the index away
 * meanwhile.
 */
export async function sweepBlobs(path: string, index: ImageIndex, uses: BlobUses): Promise<void> {
  const folder = join(path, 'blobs', 'sha256');
  const needed = await neededBlobs(folder, index).catch(() => undefined);
  if (needed === undefined) return;
  const since = Date.now() - GRACE_MS;
  for (const [digest, time] of uses) if (time < since) uses.delete(digest);
  for (const name of await readdir(folder)) {
    const digest = `sha256:${name}`;
    // In one step: no writer can look for it between check and removal.
    if (!needed.has(digest) && !uses.has(digest) && /^[0-9a-f]{64}$/.test(name))
      rmSync(join(folder, name), { force: true });
  }
}

/** Returns the digests of all manifests below an index, and of the blobs that they name. */
export async function neededBlobs(folder: string, top: Pick<ImageIndex, 'manifests'>): Promise<ReadonlySet<string>> {
  const needed = new Set<string>();
  const waiting = [...top.manifests];
  for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
    if (needed.has(one.digest)) continue;
    needed.add(one.digest);
    if (!isIndexType(one.mediaType) && !isManifestType(one.mediaType)) continue;
    const document: unknown = JSON.parse(await readFile(join(folder, one.digest.replace('sha256:', '')), 'utf8'));
    if (isIndexType(one.mediaType)) waiting.push(...ImageIndex.parse(document).manifests);
    else {
      const { config, layers } = ImageManifest.parse(document);
      for (const { digest } of [config, ...layers]) needed.add(digest);
    }
  }
  return needed;
}
