import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ifExists } from '../../kit/index.ts';
import { logFolder } from '../notary-folder.ts';
import type { SignedPackage } from './log-memory.ts';
import { createSigningLog } from './signing-log.ts';

/** Returns the packages whose newest signature is of a key, from the logs in a notary's folder. */
export async function packagesSignedWith(fingerprint: string, folder: string): Promise<readonly SignedPackage[]> {
  const logs = logFolder(folder);
  const files = (await ifExists(readdir(logs))) ?? [];
  const found: SignedPackage[] = [];
  for (const file of files.filter((one) => one.endsWith('.jsonl')).toSorted()) {
    const { memory } = await createSigningLog(join(logs, file));
    found.push(...memory.signedWith(fingerprint));
  }
  return found;
}
