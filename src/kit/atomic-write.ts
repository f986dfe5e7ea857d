import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface WriteOptions {
  readonly mode?: number;
  /** False for what a crash of the machine may take with it, as all else of a job's workspace. */
  readonly isSynced?: boolean;
}

/**
 * Writes a file so that a reader sees the old content or the new, never a part: a temporary file beside it,
 * synced, then renamed. Missing folders are made. The temporary file is removed when the write fails.
 */
export async function atomicWrite(
  path: string,
  data: string | Uint8Array,
  { mode = 0o644, isSynced = true }: WriteOptions = {},
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await writeFile(temporary, data, { flag: 'wx', mode, flush: isSynced });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
