import { join } from 'node:path';
import { atomicWrite } from '../kit/index.ts';

/**
 * Writes the command `slipway` into a folder that jobs have on their PATH: the very program that serves them. What it
 * keeps between jobs on this machine is apart for each level of trust.
 */
export async function writeLauncher(
  folder: string,
  { entry, cache, node = process.execPath }: { entry: string; cache: string; node?: string },
): Promise<string> {
  const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
  const text = [
    '#!/bin/sh',
    `: "\${SLIPWAY_CACHE:=${cache}/\${SLIPWAY_TRUST:-untrusted}}"`,
    'export SLIPWAY_CACHE',
    `exec ${quote(node)} ${quote(entry)} "$@"`,
    '',
  ].join('\n');
  await atomicWrite(join(folder, 'slipway'), text, { mode: 0o755 });
  return folder;
}
