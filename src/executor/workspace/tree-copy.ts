import {
  constants,
  copyFileSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  type Stats,
} from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hasCode, runProgram } from '../../kit/index.ts';

/** Fewer are copied faster by this process than a program for it starts. */
const FEW_FILES = 100;

/** Paths below one folder, folders before what they hold. */
export interface Tree {
  readonly folder: string;
  readonly paths: readonly string[];
  /** Paths that are not UTF-8, byte by byte. */
  readonly rawPaths?: readonly Buffer[];
}

/**
 * Copies the files of a tree into another folder, over what is there; times, modes and links stay. Blocks are shared
 * where the file system can.
 */
export async function copyTree(
  tree: Tree,
  to: string,
  run: (words: readonly [string, ...string[]]) => Promise<unknown> = ([program, ...words]) =>
    runProgram(program, words, { env: 'inherited' }),
): Promise<void> {
  if (tree.paths.length <= FEW_FILES && !hasRaw(tree)) return copyPaths(tree, to);
  await mkdir(to, { recursive: true });
  const linux = process.platform === 'linux' ? ['--reflink=auto', '--remove-destination'] : [];
  await run(['cp', '-a', ...linux, `${tree.folder}/.`, `${to}/`]);
}

/** As `copyPaths`, for however many; what has been deleted meanwhile is passed over. */
export async function copyManyPaths(tree: Tree, to: string): Promise<void> {
  const { folder, paths, rawPaths = [] } = tree;
  if ((paths.length <= FEW_FILES && !hasRaw(tree)) || process.platform !== 'linux') return copyPaths(tree, to);
  await mkdir(to, { recursive: true });
  const files: Buffer[] = [];
  for (const path of [...paths.map((one) => Buffer.from(one)), ...rawPaths]) {
    const status = lstatSync(below(folder, path), { throwIfNoEntry: false });
    if (status?.isDirectory() === true) mkdirSync(below(to, path), { recursive: true });
    else if (status !== undefined) files.push(path);
  }
  await runProgram('xargs', ['-0', 'cp', '-a', '--parents', '--reflink=auto', '-t', to, '--'], {
    env: 'inherited',
    cwd: folder,
    input: Buffer.concat(files.flatMap((path) => [path, END])),
  });
}

const END = Buffer.from([0]);

function hasRaw({ rawPaths = [] }: Tree): boolean {
  return rawPaths.length > 0;
}

function below(folder: string, path: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${folder}/`), path]);
}

/** Copies the paths and nothing else that may be in the folder. */
function copyPaths({ folder, paths }: Tree, to: string): void {
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
    if (status?.isDirectory() === true) makeFolder(target);
    else if (status !== undefined) {
      makeFolder(dirname(target));
      copyOver({ source, target, status });
    }
  }
}

function copyOver({ source, target, status }: { source: string; target: string; status: Stats }): void {
  const copy = (): void => {
    if (status.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
    else if (status.isFile()) {
      copyFileSync(source, target, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
      utimesSync(target, status.atime, status.mtime);
    }
  };
  try {
    copy();
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
    rmSync(target, { recursive: true, force: true });
    copy();
  }
}
