import { statSync } from 'node:fs';

/**
 * Gives this process, if it is root's, the ids of a folder's owner, so that the owner can change what is written there.
 * Returns a function that takes them back. They are those of the whole process: nothing else may run meanwhile.
 */
export function becomeOwner(folder: string): () => void {
  const owner = process.geteuid?.() === 0 ? statSync(folder, { throwIfNoEntry: false }) : undefined;
  if (owner === undefined || owner.uid === 0) return () => undefined;
  const group = process.getegid?.() ?? 0;
  process.setegid?.(owner.gid);
  process.seteuid?.(owner.uid);
  return () => {
    process.seteuid?.(0);
    process.setegid?.(group);
  };
}

/** Does work with the ids of a folder's owner. */
export async function asOwnerOf<T>(folder: string, work: () => Promise<T> | T): Promise<T> {
  const restore = becomeOwner(folder);
  try {
    return await work();
  } finally {
    restore();
  }
}
