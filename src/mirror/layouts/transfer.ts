import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { SlipwayError, digestStream, messageOf } from '../../kit/index.ts';
import { isCountedOn } from '../entries/blob-age.ts';
import { checkDigest, checkSize } from '../entries/blob-records.ts';
import { mirrorError } from '../errors.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { writeFailure } from '../stores/store-failure.ts';

interface Transfer {
  readonly from: { readonly store: ObjectStore; readonly key: string };
  readonly to: { readonly store: ObjectStore; readonly key: string };
  readonly sha256: string;
  readonly size: number;
  /** For messages. */
  readonly entry: string;
  /** Folder for a tarball on its way, where the stores can not hand it over themselves. */
  readonly scratch: string;
}

/** How the bytes came: they were there, the stores shared them, or they went through this process. */
export type Transferred = 'present' | 'shared' | 'sent';

/**
 * Makes a tarball of one store an object of another, after reading it whole: what has other bytes than its package
 * says goes nowhere. Gives back its uncompressed digest too, which only reading tells.
 */
export async function transferTarball(transfer: Transfer): Promise<{ way: Transferred; diffId: string }> {
  const { from, to, sha256, size, entry, scratch } = transfer;
  const folder = await mkdtemp(join(scratch, 'tarball-'));
  const file = join(folder, 'tarball');
  try {
    const isPresent = isCountedOn(await to.store.head(to.key), size);
    const mayShare = isPresent || from.store === to.store || to.store.adopt !== undefined;
    const facts = await readTarball(transfer, mayShare ? undefined : file);
    const record = { checksum: sha256, contentLength: size };
    checkSize(record, facts.size, { entry, part: 'tarball' });
    checkDigest(record, facts.sha256, { entry, part: 'tarball' });
    if (isPresent) return { way: 'present', diffId: facts.diffId };
    if (await share(transfer)) return { way: 'shared', diffId: facts.diffId };
    if (mayShare) await readTarball(transfer, file);
    await to.store.put(to.key, { file, size });
    return { way: 'sent', diffId: facts.diffId };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function share({ from, to }: Transfer): Promise<boolean> {
  if (from.store !== to.store) return (await to.store.adopt?.(from.store, from.key, to.key)) === true;
  if (from.key === to.key) return true;
  if (to.store.copy === undefined) return false;
  await to.store.copy(from.key, to.key);
  return true;
}

async function readTarball(
  { from, sha256, entry }: Transfer,
  file: string | undefined,
): Promise<{ sha256: string; size: number; diffId: string }> {
  const source = await from.store.open(from.key);
  if (source === undefined)
    throw mirrorError('MIRROR_BLOB_MISSING', { digest: sha256, part: 'tarball', entry, store: from.store.url });
  const [compressed, plain] = [digestStream(), digestStream()];
  const copy = file === undefined ? undefined : { path: file, handle: await open(file, 'w') };
  try {
    await pipeline(
      source,
      compressed,
      (bytes: AsyncIterable<Buffer>) => writtenTo(copy, bytes),
      createGunzip(),
      plain,
      async (bytes) => {
        for await (const _ of bytes);
      },
    );
  } catch (error) {
    if (error instanceof SlipwayError) throw error;
    throw mirrorError('MIRROR_ARCHIVE_BROKEN', { reason: messageOf(error) }, { cause: error });
  } finally {
    await copy?.handle.close();
  }
  return { ...compressed.result(), diffId: `sha256:${plain.result().sha256}` };
}

async function* writtenTo(
  copy: { readonly path: string; readonly handle: FileHandle } | undefined,
  bytes: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  for await (const chunk of bytes) {
    await copy?.handle.appendFile(chunk).catch((error: unknown) => {
      throw writeFailure(copy.path, error);
    });
    yield chunk;
  }
}
