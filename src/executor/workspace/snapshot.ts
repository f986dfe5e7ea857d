import { existsSync, lstatSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runProgram } from '../../kit/index.ts';
import { listFiles, listTree, type ListedFiles } from './list-files.ts';
import { copyManyPaths, type Tree } from './tree-copy.ts';

/** The files that every job begins with. */
export interface Snapshot extends Tree {
  /** Of all files together. */
  readonly bytes: number;
}

/**
 * Copies a working copy as it is now, what is not committed included, without what git ignores. The copy is a
 * repository too if the working copy is one: it borrows the objects, and has its own index and HEAD, so that no job can
 * touch the real ones.
 */
export async function takeSnapshot(workingCopy: string, to: string): Promise<Snapshot> {
  const listed = await listWorkingCopy(workingCopy);
  if (listed.isRepository) await borrowRepository(workingCopy, to);
  // Temporary files may be in the working copy itself.
  const isOurs = (path: string) => `${join(workingCopy, path)}/`.startsWith(`${dirname(to)}/`);
  const { rawPaths } = listed;
  await copyManyPaths({ folder: workingCopy, paths: listed.paths.filter((path) => !isOurs(path)), rawPaths }, to);
  if (listed.isRepository) await finishRepository(to);
  return measure(to);
}

async function listWorkingCopy(folder: string): Promise<ListedFiles & { readonly isRepository: boolean }> {
  try {
    return { ...(await listFiles(folder)), isRepository: await isTopOfRepository(folder) };
  } catch {
    return { ...listTree(folder), isRepository: false };
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

function measure(folder: string): Snapshot {
  const listed = listTree(folder);
  const bytes = listed.paths.reduce((sum, path) => sum + lstatSync(join(folder, path)).size, 0);
  return { folder, ...listed, bytes };
}

async function git(folder: string, words: readonly string[]): Promise<string> {
  const { stdout } = await runProgram('git', ['-C', folder, ...words], { env: 'inherited' });
  return stdout.toString('utf8');
}
