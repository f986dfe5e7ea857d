import { forgeError } from '../errors.ts';
import type { ForgeFile } from '../forge.ts';
import type { Git } from './git-command.ts';
import { blobOf, readCommit } from './read-commit.ts';
import { entryAt, filesBelow } from './read-tree.ts';

/** The regular files at or below a path of a commit, with their names below it; empty if there is no such path. */
export async function readFilesAt(git: Git, sha: string, path: string): Promise<readonly ForgeFile[]> {
  const { tree } = await readCommit(git, sha);
  const top = await entryAt(git, tree, path);
  const files: ForgeFile[] = [];
  for (const entry of top === undefined ? [] : await filesBelow(git, top)) {
    const name = [path, entry.path].filter((part) => part !== '').join('/');
    if (entry.kind === 'other') throw forgeError('FORGE_NO_PLAIN_FILE', { path: name, sha });
    files.push({ path: entry.path, bytes: await blobOf(git, entry), executable: entry.kind === 'executable' });
  }
  return files;
}
