import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of slipway's own package: the same from the sources and from the bundle. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

/** The script that a job's `slipway` runs. */
export function programEntry(): string {
  return join(packageRoot(), 'bin', 'slipway.js');
}
