import type { Git } from './git-command.ts';
import { commitOf, requireCommit } from './read-commit.ts';

/** Paths of all files of a commit, links too, sorted as git sorts them. */
export async function listFilesAt(git: Git, sha: string): Promise<readonly string[]> {
  await requireCommit(git, sha);
  return paths(await git.run(['ls-tree', '-r', '-z', '--name-only', '--full-tree', sha]));
}

/** Paths that differ between `from` and a commit; undefined if `from` names no commit here. */
export async function changedPaths(git: Git, sha: string, from: string): Promise<readonly string[] | undefined> {
  await requireCommit(git, sha);
  const base = await resolveFrom(git, sha, from);
  if (base === undefined) return undefined;
  return paths(await git.run(['diff-tree', '-r', '-z', '--name-only', '--no-renames', '--no-ext-diff', base, sha]));
}

/**
 * What people write is tried as a name below known folders only: git itself would also take ranges, dates and options.
 */
async function resolveFrom(git: Git, sha: string, from: string): Promise<string | undefined> {
  const back = /^HEAD(?:~(\d{0,4})|(\^))?$/.exec(from);
  if (back !== null) {
    const steps = back[2] !== undefined || back[1] === '' ? 1 : Number(back[1] ?? 0);
    return revision(git, `${sha}~${steps}`);
  }
  if (/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(from)) return commitOf(git, from);
  const name = from.replace(/^refs\/(?:heads|tags)\//, '').replace(/^origin\//, '');
  if (!/^[\w][\w./+-]*$/.test(name) || name.includes('..')) return undefined;
  return (await revision(git, `refs/heads/${name}`)) ?? revision(git, `refs/tags/${name}`);
}

async function revision(git: Git, name: string): Promise<string | undefined> {
  return (await git.object(`${name}^{commit}`))?.sha;
}

function paths(listing: string): readonly string[] {
  return listing.split('\0').filter((path) => path !== '');
}
