import { rm } from 'node:fs/promises';

/** Removes a folder in which processes that were ended may write for another moment. */
export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}
