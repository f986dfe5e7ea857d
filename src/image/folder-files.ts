import { lstat, readFile, readdir, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { hasCode } from '../kit/index.ts';
import { imageError } from './errors.ts';

/** A file for an image. */
export interface SourceFile {
  /** Below the requested path; empty if that is the file itself. */
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly executable: boolean;
}

/**
 * Reads a file, or a folder with all below it, of the stack's repository at the image's commit. Empty: there is none.
 */
export type FileSource = (path: string) => Promise<readonly SourceFile[]>;

/** Files of a checkout. Links are refused: what they lead to need not be of the repository. */
export function folderFiles(folder: string): FileSource {
  return async (path) => {
    const start = join(folder, path);
    try {
      const [root, real] = await Promise.all([realpath(folder), realpath(start)]);
      if (real !== join(root, path)) throw refuse(path, 'it is a link, or below one');
      return await readTree(start, '');
    } catch (error) {
      if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return [];
      throw error;
    }
  };
}

async function readTree(path: string, relative: string): Promise<readonly SourceFile[]> {
  const stat = await lstat(path);
  if (stat.isFile()) return [{ path: relative, bytes: await readFile(path), executable: (stat.mode & 0o100) !== 0 }];
  if (!stat.isDirectory()) throw refuse(relative.split(sep).join('/'), 'it is neither a file nor a folder');
  const files: SourceFile[] = [];
  for (const name of (await readdir(path)).toSorted()) {
    files.push(...(await readTree(join(path, name), relative === '' ? name : `${relative}/${name}`)));
  }
  return files;
}

function refuse(path: string, reason: string) {
  return imageError('IMAGE_FILE_REFUSED', { path, reason });
}
