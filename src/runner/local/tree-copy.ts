import { execFile } from 'node:child_process';
import {
  chmodSync,
  constants,
  copyFileSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Fewer are copied faster by this process than a program for it starts. */
const FEW_FILES = 100;

/** Paths below one folder, folders before what they hold. */
export interface Tree {
  readonly folder: string;
  readonly paths: readonly string[];
}

/**
 * Copies the files of a tree into another folder, over what is there; times, modes and links stay. Blocks are shared where
 * the file system can.
 */
export async function copyTree(tree: Tree, to: string): Promise<void> {
  if (tree.paths.length <= FEW_FILES) return copyPaths(tree, to);
  await mkdir(to, { recursive: true });
  const linux = process.platform === 'linux' ? ['--reflink=auto', '--remove-destination'] : [];
  await run('cp', ['-a', ...linux, `${tree.folder}/.`, `${to}/`]);
}

/** Copies the paths and nothing else that may be in the folder. */
export function copyPaths({ folder, paths }: Tree, to: string): void {
  const made = new Set<string>();
  const makeFolder = (path: string) => {
    if (made.has(path)) return;
    mkdirSync(path, { recursive: true });
    made.add(path);
  };
  makeFolder(to);
  for (const path of paths) {
    const [source, target] = [join(folder, path), join(to, path)];
    const status = lstatSync(source, { throwIfNoEntry: false });
    if (status === undefined) continue;
    if (status.isDirectory()) {
      makeFolder(target);
      continue;
    }
    makeFolder(dirname(target));
    replaceWith(source, target);
  }
}

function replaceWith(source: string, target: string): void {
  const status = lstatSync(source);
  if (lstatSync(target, { throwIfNoEntry: false }) !== undefined) rmSync(target, { recursive: true, force: true });
  if (status.isSymbolicLink()) return symlinkSync(readlinkSync(source), target);
  if (!status.isFile()) return;
  copyFileSync(source, target, constants.COPYFILE_FICLONE);
  chmodSync(target, status.mode);
  utimesSync(target, status.atime, status.mtime);
}
