import { utimes } from 'node:fs/promises';
import { ifExists } from '../kit/index.ts';

/** Marks a kept file as used now (`WorkFolder`), if it still exists. */
export async function touch(file: string): Promise<void> {
  const now = new Date();
  await ifExists(utimes(file, now, now));
}
