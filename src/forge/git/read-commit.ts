import { forgeError } from '../errors.ts';
import type { CommitInfo } from '../forge.ts';
import { gitFailure } from './git-command.ts';
import type { Git } from './git-command.ts';

const SHA = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;
const FORMAT = ['%H', '%T', '%P', '%s', '%B', '%an <%ae>', '%ct'].join('%x00');

/** Refuses what is not a whole object name, before git takes it for a ref, a range or an option. */
export function checkSha(git: Git, sha: string): string {
  if (!SHA.test(sha)) throw forgeError('FORGE_COMMIT_MISSING', { sha, repository: git.repository });
  return sha;
}

/** The commit that an object is, or that a tag names; undefined if it names none, or is not there. */
export async function commitOf(git: Git, sha: string): Promise<string | undefined> {
  if (!SHA.test(sha)) return undefined;
  const result = await git.attempt(['rev-parse', '--verify', '--quiet', `${sha}^{commit}`]);
  return result.exitCode === 0 ? result.text.trim() : undefined;
}

/** Throws FORGE_COMMIT_MISSING where there is no such commit. */
export async function readCommit(git: Git, sha: string): Promise<CommitInfo> {
  await requireCommit(git, sha);
  const text = await git.run(['show', '-s', '--no-show-signature', '--encoding=UTF-8', `--format=${FORMAT}`, sha]);
  const [name = '', tree = '', parents = '', title = '', message = '', author = '', seconds = '0'] = text.split('\0');
  return {
    sha: name,
    tree,
    parents: parents.split(' ').filter((parent) => parent !== ''),
    title,
    message,
    author,
    date: new Date(Number(seconds) * 1000).toISOString(),
  };
}

/**
 * A regular file's bytes; undefined for a folder. Throws for links and submodules, and where there is no such commit.
 */
export async function readFileAt(git: Git, sha: string, path: string): Promise<Buffer | undefined> {
  await requireCommit(git, sha);
  if (path.includes('\0')) return undefined;
  const listing = await git.run(['--literal-pathspecs', 'ls-tree', '-z', '--full-tree', sha, '--', path]);
  const [, mode, object] = /^(\d+) \w+ (\w+)\t/.exec(listing) ?? [];
  if (mode === '120000' || mode === '160000') throw forgeError('FORGE_NO_PLAIN_FILE', { path, sha });
  if (object === undefined || (mode !== '100644' && mode !== '100755')) return undefined;
  const args = ['cat-file', 'blob', object];
  const result = await git.attempt(args);
  if (result.exitCode !== 0) throw gitFailure(args, git.repository, result.reason);
  return result.stdout;
}

export async function requireCommit(git: Git, sha: string): Promise<void> {
  checkSha(git, sha);
  if ((await commitOf(git, sha)) !== sha) throw forgeError('FORGE_COMMIT_MISSING', { sha, repository: git.repository });
}

/** Whether `ancestor` is contained in `descendant`. False if either is not there. */
export async function isAncestor(git: Git, ancestor: string, descendant: string): Promise<boolean> {
  if (!SHA.test(ancestor) || !SHA.test(descendant)) return false;
  return (await git.attempt(['merge-base', '--is-ancestor', ancestor, descendant])).exitCode === 0;
}

/** Short names of the branches that contain a commit. */
export async function branchesWith(git: Git, sha: string): Promise<readonly string[]> {
  await requireCommit(git, sha);
  const text = await git.run(['for-each-ref', `--contains=${sha}`, '--format=%(refname:lstrip=2)', 'refs/heads']);
  return text.split('\n').filter((name) => name !== '');
}
