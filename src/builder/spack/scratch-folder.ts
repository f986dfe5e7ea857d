import { mkdir, mkdtemp } from 'node:fs/promises';
import { dirname } from 'node:path';
import { removeTree } from '../../kit/index.ts';

/** Calls back with a new folder whose path begins with `prefix`; removes it after that. */
export async function inScratchFolder<T>(prefix: string, work: (scratch: string) => Promise<T>): Promise<T> {
  await mkdir(dirname(prefix), { recursive: true });
  const scratch = await mkdtemp(prefix);
  try {
    return await work(scratch);
  } finally {
    await removeTree(scratch);
  }
}
