import { utimes } from 'node:fs/promises';
import { hasCode } from '../kit/index.ts';

/** Says of a kept file that it is in use (`WorkFolder`). What is gone has no time. */
export async function touch(file: string): Promise<void> {
  const now = new Date();
  await utimes(file, now, now).catch((error: unknown) => {
    if (!hasCode(error, 'ENOENT')) throw error;
  });
}
