import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../../kit/index.ts';
import { logFolder } from '../notary-folder.ts';
import type { SignedPackage } from './log-memory.ts';
import { createSigningLog } from './signing-log.ts';

const EXTENSION = '.jsonl';

/** Returns the packages whose newest signature is of a key, from the logs in a notary's folder. */
export async function packagesSignedWith(
  fingerprint: string,
  folder: string,
): Promise<readonly (SignedPackage & { readonly stack: string })[]> {
  const logs = logFolder(folder);
  const files = await readdir(logs).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  });
  const found: (SignedPackage & { stack: string })[] = [];
  for (const file of files.filter((one) => one.endsWith(EXTENSION)).toSorted()) {
    const { memory } = await createSigningLog(join(logs, file));
    const stack = file.slice(0, -EXTENSION.length);
    found.push(...memory.signedWith(fingerprint).map((one) => ({ stack, ...one })));
  }
  return found;
}
