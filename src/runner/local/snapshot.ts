import { execFile } from 'node:child_process';
import { lstatSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { copyPaths } from './tree-copy.ts';
import type { Tree } from './tree-copy.ts';

const run = promisify(execFile);
const LISTING_LIMIT = 1 << 30;

/** The files that every job begins with. */
export interface Snapshot extends Tree {
  /** Of all files together. */
  readonly bytes: number;
}

/**
 * Copies a working copy as it is now, what is not committed included, without what git ignores. The copy is a repository too
 * if the working copy is one: it borrows the objects, and has its own index and HEAD, so that no job can touch the real ones.
 */
export async function takeSnapshot(workingCopy: string, to: string): Promise<Snapshot> {
  const listed = await listFiles(workingCopy);
  if (listed.isRepository) await borrowRepository(workingCopy, to);
  copyPaths({ folder: workingCopy, paths: listed.paths }, to);
  if (listed.isRepository) await git(to, ['reset', '--quiet']).catch(() => undefined);
  return measure(to);
}

async function listFiles(
  folder: string,
): Promise<{ readonly paths: readonly string[]; readonly isRepository: boolean }> {
  try {
    const text = await git(folder, ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate']);
    return { paths: text.split('\0').filter((path) => path !== ''), isRepository: await isTopOfRepository(folder) };
  } catch {
    const all = await readdir(folder, { recursive: true });
    return { paths: all.toSorted(), isRepository: false };
  }
}

async function isTopOfRepository(folder: string): Promise<boolean> {
  return (await git(folder, ['rev-parse', '--show-cdup'])).trim() === '';
}

/** A repository without a commit has nothing to borrow; then there is none. */
async function borrowRepository(workingCopy: string, to: string): Promise<void> {
  const words = ['clone', '--shared', '--no-checkout', '--quiet', '--template=', '--', workingCopy, to];
  try {
    await git(workingCopy, words);
  } catch {
    await mkdir(to, { recursive: true });
  }
}

async function measure(folder: string): Promise<Snapshot> {
  const paths = (await readdir(folder, { recursive: true })).toSorted();
  const bytes = paths.reduce((sum, path) => sum + lstatSync(join(folder, path)).size, 0);
  return { folder, paths, bytes };
}

async function git(folder: string, words: readonly string[]): Promise<string> {
  const settings = { maxBuffer: LISTING_LIMIT, encoding: 'utf8' } as const;
  const { stdout } = await run('git', ['-C', folder, ...words], settings);
  return stdout;
}
