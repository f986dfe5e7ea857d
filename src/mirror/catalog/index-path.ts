import { join } from 'node:path';
import { privateFolder } from '../stores/object-key.ts';

/** Where the index of record of a folder mirror lies, so that every writer on this machine finds the same one. */
export function indexPath(folder: string): string {
  return join(folder, privateFolder, 'index.sqlite');
}
