import { messageOf, type SlipwayError } from '../../kit/index.ts';
import { mirrorError } from '../errors.ts';

const remedies: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full. Free space on the file system of this path, or move the mirror to a larger disk.',
  EDQUOT: 'The disk quota is used up. Free space, or request a larger quota.',
  EACCES: 'Let this user write to the folder, or name another folder.',
  EPERM: 'Let this user write to the folder, or name another folder.',
  EROFS: 'The file system is read-only. Mount it writable, or name another folder.',
  EMFILE: 'Too many files are open. Raise the limit (`ulimit -n`).',
  EFBIG: 'The file is larger than the file system or the limit (`ulimit -f`) allows. Raise the limit.',
};

/** A failed write with the path and what a person can do about it. */
export function writeFailure(path: string, error: unknown): SlipwayError {
  const code = String((error as { code?: unknown }).code);
  const remedy = remedies[code] ?? 'Check the disk and the permissions of the folder.';
  return mirrorError('MIRROR_STORE_WRITE_FAILED', { path, reason: messageOf(error), remedy }, { cause: error });
}

/** A failed read with the path. That there is nothing to read is not a failure. */
export function readFailure(path: string, error: unknown): SlipwayError {
  return mirrorError('MIRROR_STORE_READ_FAILED', { path, reason: messageOf(error) }, { cause: error });
}
