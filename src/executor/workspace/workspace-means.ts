import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram, removeTree } from '../../kit/index.ts';
import { takeSnapshot, type Snapshot } from './snapshot.ts';

/** Below this an overlay, which takes two or three programs to set up, is no cheaper than a copy. */
const SMALL = { files: 150, bytes: 4_000_000 };

/** Also removes a file, which some kernels and file systems allow to root only. */
const TRY_OVERLAY =
  'cd "$1" && mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work,userxattr overlay merged && rm merged/file';

/** How jobs get their files: in the working copy itself, or in a folder of their own. */
export type WorkspaceMeans =
  | { readonly kind: 'in-place' }
  /** Copies, which share blocks where the file system can. */
  | { readonly kind: 'copy'; readonly snapshot: Snapshot }
  /** A layer over the snapshot, in a mount namespace that these words make. */
  | { readonly kind: 'overlay'; readonly snapshot: Snapshot; readonly namespaces: readonly string[] };

/**
 * Takes a snapshot of the working copy and chooses the cheapest means that this machine has; tried out, since there are
 * many ways to forbid it. `root` is the folder for temporary files. A sandbox keeps the ids of the user, which a
 * namespace with an overlay does not.
 */
export async function chooseMeans(workingCopy: string, root: string, isSandboxed: boolean): Promise<WorkspaceMeans> {
  const snapshot = await takeSnapshot(workingCopy, join(root, 'snapshot'));
  const isSmall = snapshot.paths.length <= SMALL.files && snapshot.bytes <= SMALL.bytes;
  const namespaces = isSmall || isSandboxed ? undefined : await overlayNamespaces(root);
  return namespaces === undefined ? { kind: 'copy', snapshot } : { kind: 'overlay', snapshot, namespaces };
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
    await runProgram(program, [...words, 'sh', '-c', TRY_OVERLAY, 'sh', folder], { env: 'inherited' });
    return true;
  } catch {
    return false;
  } finally {
    await removeTree(folder);
  }
}
