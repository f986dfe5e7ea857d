import { access } from 'node:fs/promises';
import { hasCode } from './errors.ts';

/** Returns what the file system answers; undefined if there is no such file. */
export async function ifExists<T>(answer: Promise<T>): Promise<T | undefined> {
  return answer.catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  });
}

/** Returns whether a path can be reached. */
export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
