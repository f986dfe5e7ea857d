import type { ForgeFile } from '../forge.ts';
import { forgeError } from '../errors.ts';
import { gitFailure } from './git-command.ts';
import type { Git } from './git-command.ts';
import { requireCommit } from './read-commit.ts';

const ENTRY = /^(\d{6}) (\w+) ([0-9a-f]+)\t(.+)$/s;

/** The regular files at or below a path of a commit, with their names below it; empty if there is no such path. */
export async function readFilesAt(git: Git, sha: string, path: string): Promise<readonly ForgeFile[]> {
  await requireCommit(git, sha);
  const listing = await git.run(['--literal-pathspecs', 'ls-tree', '-r', '-z', '--full-tree', sha, '--', path]);
  const files: ForgeFile[] = [];
  for (const line of listing.split('\0')) {
    const [, mode, type, object = '', name = ''] = ENTRY.exec(line) ?? [];
    if (type === undefined) continue;
    if (type !== 'blob' || mode === '120000') throw forgeError('FORGE_NO_PLAIN_FILE', { path: name, sha });
    files.push({
      path: name.slice(path.length).replace(/^\//, ''),
      bytes: await blobOf(git, object),
      executable: mode === '100755',
    });
  }
  return files;
}

async function blobOf(git: Git, object: string): Promise<Buffer> {
  const args = ['cat-file', 'blob', object];
  const result = await git.attempt(args);
  if (result.exitCode !== 0) throw gitFailure(args, git.repository, result.reason);
  return result.stdout;
}
