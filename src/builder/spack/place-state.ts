import { readFile, readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { attemptProgram, sha256 } from '../../kit/index.ts';
import { gitHead } from './git-head.ts';

/**
 * A file's text, or of a folder the names and texts of all YAML and Python files in it, and of its checkout's commit.
 */
export async function placeDigest(place: string): Promise<string> {
  const found = await stat(place).catch(() => undefined);
  if (found === undefined) return 'absent';
  if (!found.isDirectory()) return readFile(place, 'utf8');
  return textsDigest(place, (name) => /\.(?:ya?ml|py|patch|diff|lock)$/.test(name));
}

/** What Spack keeps for itself below `~/.spack`, where the user's configuration lies too. */
const ownData = /^(?:bootstrap|cache|git_repos|package_repos|reports|stage|test)\//;

/** The same of a scope of configuration: only its YAML counts, and not what Spack keeps beside it. */
export async function scopeDigest(scope: string): Promise<string> {
  const found = await stat(scope).catch(() => undefined);
  if (found?.isDirectory() !== true) return placeDigest(scope);
  return textsDigest(scope, (name) => /\.ya?ml$/.test(name) && !ownData.test(name));
}

async function textsDigest(folder: string, isWanted: (name: string) => boolean): Promise<string> {
  const names = (await readdir(folder, { recursive: true })).filter(isWanted).toSorted();
  const contents = await Promise.all(names.map(async (name) => [name, await textOf(join(folder, name))]));
  return sha256(JSON.stringify([await gitHead(folder), contents]));
}

/**
 * What some folders of a checkout hold beyond its commit: nothing where git finds them clean, so that two clones of one
 * commit are the same. Undefined where git does not know.
 */
export async function editsOf(root: string, folders: readonly string[]): Promise<string | undefined> {
  const told = await git(root, ['status', '--porcelain', '-z', '-uall', '--', ...folders]);
  if (told === undefined || told === '') return told;
  const top = (await git(root, ['rev-parse', '--show-toplevel'])) ?? root;
  const paths = told.split('\0').filter((line) => line !== '');
  return JSON.stringify(
    await Promise.all(paths.map(async (line) => [line, await fileState(join(top.trim(), line.slice(3)))])),
  );
}

/** The name of what a folder of a checkout holds, edits included; of any other folder the digest of its texts. */
export async function treeState(folder: string): Promise<string> {
  const [tree, edits] = await Promise.all([git(folder, ['rev-parse', 'HEAD:./']), editsOf(folder, ['.'])]);
  return tree === undefined || edits === undefined ? placeDigest(folder) : `${tree.trim()} ${edits}`;
}

export async function fileState(path: string): Promise<string> {
  const real = await realpath(path).catch(() => path);
  const found = await stat(real).catch(() => undefined);
  return found === undefined ? 'absent' : `${real} ${found.size} ${found.mtimeMs}`;
}

export async function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

async function git(folder: string, words: readonly string[]): Promise<string | undefined> {
  const all = ['-c', 'safe.directory=*', '--no-optional-locks', '-C', folder, ...words];
  const result = await attemptProgram('git', all, { env: 'inherited' }).catch(() => undefined);
  return result?.isSuccess === true ? result.stdout.toString('utf8') : undefined;
}
