import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { link, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { hasCode, ifExists, messageOf } from '../kit/index.ts';
import { hexOf } from './descriptor.ts';
import { ociError } from './errors.ts';
import type { Blob } from './image.ts';
import { verifiedStream } from './verified-stream.ts';

/** Puts a blob's checked bytes at `file` of the layout at `path`: all of them or none. */
export async function writeBlob(path: string, blob: Blob, file: string): Promise<void> {
  const { descriptor } = blob;
  if ((await ifExists(stat(file)))?.size === descriptor.size) return;
  // Outside `blobs/`, where other tools expect nothing but whole blobs.
  const partial = join(path, '.partial', `${hexOf(descriptor.digest)}.${randomBytes(6).toString('hex')}`);
  await guardWrite(path, async () => {
    await mkdir(join(path, '.partial'), { recursive: true });
    try {
      if (!(await linkChecked(blob, path, partial))) await writeChecked(blob, path, partial);
      await rename(partial, file);
    } finally {
      await rm(partial, { force: true });
    }
  });
}

async function linkChecked(blob: Blob, path: string, partial: string): Promise<boolean> {
  if (blob.file === undefined) return false;
  const linked = await link(blob.file, partial).then(
    () => true,
    () => false,
  );
  if (linked) await pipeline(createReadStream(partial), verifiedStream(blob.descriptor, path), drain);
  return linked;
}

async function writeChecked(blob: Blob, path: string, partial: string): Promise<void> {
  await pipeline(await blob.open(), verifiedStream(blob.descriptor, path), createWriteStream(partial, { flags: 'wx' }));
  const handle = await open(partial, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function drain(source: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of source);
}

const DISK_FAULTS = ['ENOSPC', 'EDQUOT', 'EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EIO'];

/** Turns the faults of a disk into an error that names the layout and the remedy. */
export async function guardWrite<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!DISK_FAULTS.some((code) => hasCode(error, code))) throw error;
    throw ociError('OCI_LAYOUT_WRITE_FAILED', { path, reason: messageOf(error) }, { cause: error });
  }
}
