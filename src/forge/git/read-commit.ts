import { forgeError } from '../errors.ts';
import type { CommitInfo } from '../forge.ts';
import { gitFailure, type Git } from './git-command.ts';
import type { GitObject } from './object-output.ts';
import { parseCommit } from './parse-commit.ts';
import { isQueueBranch } from './queue-branches.ts';
import { entryAt, type TreeEntry } from './read-tree.ts';

const SHA = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;

/** The commit that an object is, or that a tag names; undefined if it names none, or is not there. */
export async function commitOf(git: Git, sha: string): Promise<string | undefined> {
  return SHA.test(sha) ? (await git.object(`${sha}^{commit}`))?.sha : undefined;
}

/** Throws FORGE_COMMIT_MISSING where there is no such commit. */
export async function readCommit(git: Git, sha: string): Promise<CommitInfo> {
  return parseCommit(await requireCommit(git, sha));
}

/**
 * A regular file's bytes; undefined for a folder. Throws for links and submodules, and where there is no such commit.
 */
export async function readFileAt(git: Git, sha: string, path: string): Promise<Buffer | undefined> {
  const { tree } = await readCommit(git, sha);
  const entry = await entryAt(git, tree, path);
  if (entry === undefined || entry.kind === 'tree') return undefined;
  if (entry.kind === 'other') throw forgeError('FORGE_NO_PLAIN_FILE', { path, sha });
  return blobOf(git, entry);
}

/** The bytes of a file. */
export async function blobOf(git: Git, { sha }: TreeEntry): Promise<Buffer> {
  const object = await git.object(sha);
  if (object === undefined) throw gitFailure(['cat-file'], git.repository, `object ${sha} is missing`);
  return object.bytes;
}

/** Refuses also what is not a whole object name, before git takes it for a ref, a range or an option. */
export async function requireCommit(git: Git, sha: string): Promise<GitObject> {
  const object = SHA.test(sha) ? await git.object(sha) : undefined;
  if (object?.type !== 'commit') throw forgeError('FORGE_COMMIT_MISSING', { sha, repository: git.repository });
  return object;
}

/** Whether `ancestor` is contained in `descendant`. False if either is not there. */
export async function isAncestor(git: Git, ancestor: string, descendant: string): Promise<boolean> {
  if (!SHA.test(ancestor) || !SHA.test(descendant)) return false;
  return (await git.attempt(['merge-base', '--is-ancestor', ancestor, descendant])).exitCode === 0;
}

/** Short names of the branches that contain a commit; branches of merge queues do not count. */
export async function branchesWith(git: Git, sha: string): Promise<readonly string[]> {
  await requireCommit(git, sha);
  const text = await git.run(['for-each-ref', `--contains=${sha}`, '--format=%(refname:lstrip=2)', 'refs/heads']);
  return text.split('\n').filter((name) => name !== '' && !isQueueBranch(name));
}
