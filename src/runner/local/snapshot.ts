import { execFile } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { copyManyPaths } from './tree-copy.ts';
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
  // Temporary files may lie in the working copy itself.
  const isOurs = (path: string) => `${join(workingCopy, path)}/`.startsWith(`${dirname(to)}/`);
  await copyManyPaths({ folder: workingCopy, paths: listed.paths.filter((path) => !isOurs(path)) }, to);
  if (listed.isRepository) await finishRepository(to);
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

/** Every job gets a copy, so no file is left that git could do without. */
async function finishRepository(folder: string): Promise<void> {
  try {
    await git(folder, ['config', 'core.logAllRefUpdates', 'false']);
    await git(folder, ['reset', '--quiet']);
    await git(folder, ['pack-refs', '--all']);
  } catch {
    // A repository without a commit has no index to make and no refs to pack.
  }
  for (const name of ['logs', 'ORIG_HEAD', 'branches'])
    rmSync(join(folder, '.git', name), { recursive: true, force: true });
  // Of a shallow repository git borrows nothing: the packs are copies.
  const packs = join(folder, '.git', 'objects', 'pack');
  if (existsSync(packs) && readdirSync(packs).length === 0) rmSync(packs, { recursive: true });
  const refs = join(folder, '.git', 'refs');
  if (
    existsSync(refs) &&
    readdirSync(refs, { recursive: true, withFileTypes: true }).every((one) => one.isDirectory())
  ) {
    rmSync(refs, { recursive: true });
    mkdirSync(refs);
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
