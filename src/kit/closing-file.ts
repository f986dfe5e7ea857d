import type { WriteStream } from 'node:fs';

/**
 * Does what writes into a file. If that fails, the file is closed before the error is thrown: a pipeline that ends
 * with generators does not wait for it, and a file that is still being opened would come back after it was removed.
 */
export async function closingFile<T>(target: WriteStream, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!target.closed) await new Promise<void>((resolve) => target.once('close', () => resolve()).destroy());
    throw error;
  }
}
