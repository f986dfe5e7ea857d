import { mirrorError } from '../errors.ts';

/** Temporary files of a folder store: never an object's name. */
export const temporaryName = /\.[0-9a-f]{12}\.tmp$/;

/** Where a mirror's writers keep what is theirs, in a folder store: never an object. */
export const privateFolder = '.slipway';

/** Refuses names that could leave the store or that are ambiguous on disk; gives the name back. */
export function checkKey(key: string): string {
  const reason = faultOf(key);
  if (reason !== undefined) throw mirrorError('MIRROR_KEY_INVALID', { key: key.slice(0, 200), reason });
  return key;
}

function faultOf(key: string): string | undefined {
  if (key === '') return 'it is empty';
  if (key.length > 1024) return 'it is longer than 1024 characters';
  if (/[\p{Cc}\\]/u.test(key)) return 'it holds a control character or a backslash';
  if (key.split('/').some((part) => part === '' || part === '.' || part === '..'))
    return 'it has an empty part, `.` or `..`';
  if (key.split('/').includes(privateFolder)) return `\`${privateFolder}\` is not part of the mirror`;
  if (temporaryName.test(key)) return 'it looks like a temporary file';
  return undefined;
}
