import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { SlipwayError, digestStream } from '../../kit/index.ts';
import { isCountedOn } from '../entries/blob-age.ts';
import { openBlob } from '../entries/blob-bytes.ts';
import { checkBlob, type BlobLabel, type ExpectedBlob } from '../entries/blob-records.ts';
import { brokenArchive } from '../errors.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { writeFailure } from '../stores/store-failure.ts';

interface Transfer {
  readonly from: { readonly store: ObjectStore; readonly key: string };
  readonly to: { readonly store: ObjectStore; readonly key: string };
  readonly record: ExpectedBlob;
  /** For messages. */
  readonly label: BlobLabel;
  /** Folder for a blob on its way, where the stores cannot share it. */
  readonly scratch: string;
  /** Reads the blob even if it is present, for the digest of the tar in it. */
  readonly isTarball?: boolean;
}

/** How the bytes came: they were there, the stores shared them, or they went through this process. */
export type Transferred = 'present' | 'shared' | 'sent';

/** Copies a blob to another store, after checking all of its bytes. Returns the uncompressed digest of a tarball. */
export async function transferBlob(
  transfer: Transfer,
): Promise<{ readonly way: Transferred; readonly diffId?: string | undefined }> {
  const { from, to, record, scratch, isTarball } = transfer;
  const isPresent = isCountedOn(await to.store.head(to.key), record.contentLength);
  if (isPresent && isTarball !== true) return { way: 'present' };
  if (isPresent || from.store === to.store || to.store.adopt !== undefined) {
    const diffId = await readChecked(transfer);
    if (isPresent) return { way: 'present', diffId };
    if (await share(transfer)) return { way: 'shared', diffId };
  }
  const folder = await mkdtemp(join(scratch, 'blob-'));
  const file = join(folder, 'blob');
  try {
    const diffId = await readChecked(transfer, file);
    await to.store.put(to.key, { file, size: record.contentLength });
    return { way: 'sent', diffId };
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

async function readChecked({ from, record, label, isTarball }: Transfer, file?: string): Promise<string | undefined> {
  const source = await openBlob({ ...from, record, label });
  const [stored, plain] = [digestStream(), digestStream()];
  const copy = file === undefined ? undefined : { path: file, handle: await open(file, 'w') };
  try {
    await pipeline(
      source,
      stored,
      (bytes: AsyncIterable<Buffer>) => writtenTo(copy, bytes),
      isTarball ? createGunzip() : new PassThrough(),
      isTarball ? plain : new PassThrough(),
      async (bytes) => {
        for await (const _ of bytes);
      },
    );
  } catch (error) {
    throw error instanceof SlipwayError || !isTarball ? error : brokenArchive(error);
  } finally {
    await copy?.handle.close();
  }
  checkBlob(record, stored.result(), label);
  return isTarball ? `sha256:${plain.result().sha256}` : undefined;
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
