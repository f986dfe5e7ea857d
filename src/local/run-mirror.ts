import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { RunRequest } from './run-options.ts';

/** Returns the folder of the mirror that a run makes unless the user names one. */
export function ownMirror(root: string): string {
  return join(root, 'mirror');
}

/** Returns the folder of the mirror that jobs write, and makes it; none if the mirror is at a URL. */
export function mirrorFolders(root: string, { env, folder }: Pick<RunRequest, 'env' | 'folder'>): readonly string[] {
  if (env.SLIPWAY_MIRROR?.includes('://') === true) return [];
  const mirror = env.SLIPWAY_MIRROR === undefined ? ownMirror(root) : resolve(folder, env.SLIPWAY_MIRROR);
  mkdirSync(mirror, { recursive: true });
  return [mirror];
}
