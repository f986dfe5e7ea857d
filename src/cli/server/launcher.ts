import { join } from 'node:path';
import { atomicWrite } from '../../kit/index.ts';

/** Writes the command `slipway` into a folder that jobs have on their PATH: the very program that serves them. */
export async function writeLauncher(folder: string, entry: string): Promise<string> {
  const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
  await atomicWrite(join(folder, 'slipway'), `#!/bin/sh\nexec ${quote(process.execPath)} ${quote(entry)} "$@"\n`, 0o755);
  return folder;
}
