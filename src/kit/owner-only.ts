import { chmodSync, closeSync, openSync } from 'node:fs';
import { hasCode } from './errors.ts';
import { makeFolder } from './make-folder.ts';

/**
 * Makes a folder, or takes one that is there already, and closes it to everybody but its owner. With the mode 0710 its
 * group can open what it knows the name of.
 */
export function ownerOnlyFolder(path: string, mode = 0o700): void {
  makeFolder(path, mode);
  restrict(path, mode);
}

/** The same for a file, which is empty if it is new. */
export function ownerOnlyFile(path: string): void {
  closeSync(openSync(path, 'a', 0o600));
  restrict(path, 0o600);
}

/** Another user's folder that we may write to keeps the permissions that its owner gave it. */
function restrict(path: string, mode: number): void {
  try {
    chmodSync(path, mode);
  } catch (error) {
    if (!hasCode(error, 'EPERM')) throw error;
  }
}
