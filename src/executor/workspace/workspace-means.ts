import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { removeTree } from './remove-tree.ts';
import { takeSnapshot } from './snapshot.ts';
import type { Snapshot } from './snapshot.ts';

const run = promisify(execFile);

/** Below this an overlay, which takes two or three programs to set up, is no cheaper than a copy. */
const SMALL = { files: 150, bytes: 4_000_000 };

/** Also removes a file, which some kernels and file systems allow to root only. */
const TRY_OVERLAY =
  'cd "$1" && mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work,userxattr overlay merged && rm merged/file';

/**
 * How jobs get their files: `in-place` in the working copy itself, all others in a folder of their own. `overlay` is a layer
 * over the snapshot, in a mount namespace; `reflink` and `copy` are whole copies, with shared blocks or without.
 */
export type WorkspaceMeans =
  | { readonly kind: 'in-place'; readonly folder: string }
  | { readonly kind: 'reflink' | 'copy'; readonly snapshot: Snapshot }
  | { readonly kind: 'overlay'; readonly snapshot: Snapshot; readonly namespaces: readonly string[] };

export interface MeansOptions {
  readonly workingCopy: string;
  /** Folder for temporary files of this run. */
  readonly root: string;
  readonly isInPlace: boolean;
}

/** Takes the snapshot and chooses the cheapest means that this machine has; tried out, since there are many ways to forbid it. */
export async function chooseMeans({ workingCopy, root, isInPlace }: MeansOptions): Promise<WorkspaceMeans> {
  if (isInPlace) return { kind: 'in-place', folder: workingCopy };
  const snapshot = await takeSnapshot(workingCopy, join(root, 'snapshot'));
  const isSmall = snapshot.paths.length <= SMALL.files && snapshot.bytes <= SMALL.bytes;
  if (isSmall) return { kind: 'copy', snapshot };
  const namespaces = await overlayNamespaces(root);
  if (namespaces !== undefined) return { kind: 'overlay', snapshot, namespaces };
  return { kind: (await canReflink(root)) ? 'reflink' : 'copy', snapshot };
}

/** Root needs no user namespace, in which it would lose rights that its jobs may need. */
async function overlayNamespaces(root: string): Promise<readonly string[] | undefined> {
  const isRoot = process.getuid?.() === 0;
  const plain = ['unshare', '--mount', '--'];
  const user = ['unshare', '--user', '--map-root-user', '--mount', '--'];
  for (const words of isRoot ? [plain, user] : [user]) if (await canOverlay(root, words)) return words;
  return undefined;
}

async function canOverlay(root: string, [program = '', ...words]: readonly string[]): Promise<boolean> {
  const folder = await mkdtemp(join(root, 'overlay-'));
  try {
    for (const name of ['lower', 'upper', 'work', 'merged']) await mkdir(join(folder, name));
    await writeFile(join(folder, 'lower', 'file'), '');
    await run(program, [...words, 'sh', '-c', TRY_OVERLAY, 'sh', folder]);
    return true;
  } catch {
    return false;
  } finally {
    await removeTree(folder);
  }
}

async function canReflink(root: string): Promise<boolean> {
  const [one, other] = [join(root, 'reflink-1'), join(root, 'reflink-2')];
  try {
    await writeFile(one, 'x');
    await copyFile(one, other, constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch {
    return false;
  } finally {
    await rm(one, { force: true });
    await rm(other, { force: true });
  }
}
