import { readFile, readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readGit, sha256 } from '../../kit/index.ts';

/** Returns a file's text, or a digest of a folder: of its YAML and Python files, and of its checkout's commit. */
export async function pathDigest(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return 'absent';
  if (!found.isDirectory()) return readFile(path, 'utf8');
  return textsDigest(path, (name) => /\.(?:ya?ml|py|patch|diff|lock)$/.test(name));
}

/** Spack's own data below `~/.spack`, where the user's configuration is, too. */
const ownData = /^(?:bootstrap|cache|git_repos|package_repos|reports|stage|test)\//;

/** Returns the same for a scope of configuration: only its YAML counts, without Spack's own data. */
export async function scopeDigest(scope: string): Promise<string> {
  const found = await stat(scope).catch(() => undefined);
  if (found?.isDirectory() !== true) return pathDigest(scope);
  return textsDigest(scope, (name) => /\.ya?ml$/.test(name) && !ownData.test(name));
}

async function textsDigest(folder: string, isIncluded: (name: string) => boolean): Promise<string> {
  const names = (await readdir(folder, { recursive: true })).filter(isIncluded).toSorted();
  const contents = await Promise.all(names.map(async (name) => [name, await textOf(join(folder, name))]));
  return sha256(JSON.stringify([await gitHead(folder), contents]));
}

/**
 * Describes the changes to folders of a checkout since its commit: an empty text if git finds them clean, so that two
 * clones of one commit are the same. Undefined if git fails.
 */
export async function editsOf(root: string, folders: readonly string[]): Promise<string | undefined> {
  const status = await git(root, ['status', '--porcelain', '-z', '-uall', '--', ...folders]);
  if (status === undefined || status === '') return status;
  const top = (await git(root, ['rev-parse', '--show-toplevel'])) ?? root;
  const lines = status.split('\0').filter((line) => line !== '');
  const states = lines.map(async (line) => [line, await fileState(join(top.trim(), line.slice(3)))]);
  return JSON.stringify(await Promise.all(states));
}

/** Returns the tree of a folder in a checkout, with its changes; for any other folder the digest of its texts. */
export async function treeState(folder: string): Promise<string> {
  const [tree, edits] = await Promise.all([git(folder, ['rev-parse', 'HEAD:./']), editsOf(folder, ['.'])]);
  return tree === undefined || edits === undefined ? pathDigest(folder) : `${tree.trim()} ${edits}`;
}

export async function fileState(path: string): Promise<string> {
  const real = await realpath(path).catch(() => path);
  const found = await stat(real).catch(() => undefined);
  return found === undefined ? 'absent' : `${real} ${found.size} ${found.mtimeMs}`;
}

export async function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

/** Returns the commit of the checkout in a folder; undefined if there is none. */
export async function gitHead(folder: string): Promise<string | undefined> {
  return (await git(folder, ['--git-dir=.git', 'rev-parse', '--verify', '--quiet', 'HEAD']))?.trim();
}

async function git(folder: string, words: readonly string[]): Promise<string | undefined> {
  return readGit(folder, ['-c', 'safe.directory=*', '--no-optional-locks', ...words]);
}
