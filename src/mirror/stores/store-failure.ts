import { messageOf, type SlipwayError } from '../../kit/index.ts';
import { mirrorError } from '../errors.ts';

const remedies: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full: free space on the file system of this path, or move the mirror to a larger disk',
  EDQUOT: 'The quota is used up: free space, or request a larger quota',
  EACCES: 'Give this user the right to write there, or name another folder',
  EPERM: 'Give this user the right to write there, or name another folder',
  EROFS: 'The file system is read-only: mount it writable, or name another folder',
  EMFILE: 'Too many open files: raise the limit (`ulimit -n`)',
  EFBIG: 'The file is larger than the file system or the limit (`ulimit -f`) allows',
};

/** A failed write with the path and what a person can do about it. */
export function writeFailure(path: string, error: unknown): SlipwayError {
  const code = String((error as { code?: unknown }).code);
  const remedy = remedies[code] ?? 'Check the disk and the rights of the folder';
  return mirrorError('MIRROR_STORE_WRITE_FAILED', { path, reason: messageOf(error), remedy }, { cause: error });
}

/** A failed read with the path. That there is nothing to read is not a failure. */
export function readFailure(path: string, error: unknown): SlipwayError {
  return mirrorError('MIRROR_STORE_READ_FAILED', { path, reason: messageOf(error) }, { cause: error });
}
