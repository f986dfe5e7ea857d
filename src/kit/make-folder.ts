import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { hasCode } from './errors.ts';

/**
 * Makes a folder and those above it. Node's own `recursive` never returns where the kernel answers ENOENT although the
 * folder above exists, as in /proc.
 */
export function makeFolder(path: string, mode = 0o777): void {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    if (hasCode(error, 'EEXIST') && statSync(path).isDirectory()) return;
    const above = dirname(path);
    if (!hasCode(error, 'ENOENT') || existsSync(above)) throw error;
    makeFolder(above, mode);
    makeFolder(path, mode);
  }
}
