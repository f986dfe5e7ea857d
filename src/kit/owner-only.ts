import { chmodSync, closeSync, openSync } from 'node:fs';
import { hasCode } from './errors.ts';
import { makeFolder } from './make-folder.ts';

/** Makes a folder, or takes one that is there already, and closes it to everybody but its owner. */
export function ownerOnlyFolder(path: string): void {
  makeFolder(path, 0o700);
  restrict(path, 0o700);
}

/** The same for a file, which is empty if it is new. */
export function ownerOnlyFile(path: string): void {
  closeSync(openSync(path, 'a', 0o600));
  restrict(path, 0o600);
}

/** Somebody else's folder that we may write to keeps the permissions that its owner gave it. */
function restrict(path: string, mode: number): void {
  try {
    chmodSync(path, mode);
  } catch (error) {
    if (!hasCode(error, 'EPERM')) throw error;
  }
}
