import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isWithin } from './is-within.ts';

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

/**
 * Folders in which Node.js finds a package and all that it depends on: its own with its `node_modules`, wherever that
 * leads, or the outermost `node_modules` around it, where an installation puts what packages share.
 */
export function packageFolders(root: string = packageRoot()): readonly string[] {
  const around = /^.*?\/node_modules(?=\/)/.exec(root)?.[0] ?? root;
  const own = join(root, 'node_modules');
  const modules = existsSync(own) ? realpathSync(own) : root;
  return isWithin(modules, around) ? [around] : [around, modules];
}
