import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CommandContext } from '../command.ts';

/** The folder that a mirror's address means; undefined for any other kind of mirror. */
export function folderOf(url: string, { cwd }: Pick<CommandContext, 'cwd'>): string | undefined {
  if (url.startsWith('file://')) return fileURLToPath(url);
  return url.includes('://') ? undefined : resolve(cwd, url);
}

/** Whether a mirror would be in a folder, and that is not there. */
export function isFolderAbsent(url: string, context: Pick<CommandContext, 'cwd'>): boolean {
  const folder = folderOf(url, context);
  return folder !== undefined && !existsSync(folder);
}

/** Returns whether the address of a mirror names something other than a folder. */
export function isFile(url: string, context: Pick<CommandContext, 'cwd'>): boolean {
  const folder = folderOf(url, context);
  return folder !== undefined && statSync(folder, { throwIfNoEntry: false })?.isDirectory() === false;
}
