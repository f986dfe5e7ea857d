import { forgeError } from '../errors.ts';
import { gitFailure, type Git } from './git-command.ts';
import { commitOf, readCommit, requireCommit } from './read-commit.ts';

const IDENTITY = {
  GIT_AUTHOR_NAME: 'slipway',
  GIT_AUTHOR_EMAIL: 'slipway@localhost',
  GIT_COMMITTER_NAME: 'slipway',
  GIT_COMMITTER_EMAIL: 'slipway@localhost',
};

/**
 * The commit that results when `head` is merged into `base`: always a commit with both as parents, even where git
 * would move the branch forward. Identity and date are fixed (the head's date), so the same pair gives the same SHA.
 */
export async function mergeForTest(
  git: Git,
  { base, head }: { readonly base: string; readonly head: string },
): Promise<{ sha: string; tree: string } | { conflict: string }> {
  await requireCommit(git, base);
  const { date } = await readCommit(git, head);
  const args = ['merge-tree', '--write-tree', '--name-only', '--no-messages', '-z', base, head];
  const merged = await git.attempt(args);
  const [tree = '', ...files] = merged.text.split('\0').filter((part) => part !== '');
  if (merged.exitCode === 1) return { conflict: [...new Set(files)].join(', ') };
  if (merged.exitCode === 129) throw forgeError('FORGE_GIT_TOO_OLD', { reason: merged.reason });
  if (merged.exitCode !== 0) {
    const common = await git.attempt(['merge-base', base, head]);
    if (common.exitCode === 1) return { conflict: 'the two histories have no commit in common' };
    throw gitFailure(args, git.repository, merged.reason);
  }
  const time = `${Date.parse(date) / 1000} +0000`;
  const environment = { ...IDENTITY, GIT_AUTHOR_DATE: time, GIT_COMMITTER_DATE: time };
  const commit = ['commit-tree', tree, '-p', base, '-p', head, '-F', '-'];
  return { sha: (await git.run(commit, { input: `Merge ${head} into ${base}\n`, environment })).trim(), tree };
}

/** Whether a commit has the files that result when `head` is merged into `base`. False if one of them is not there. */
export async function isMerge(
  git: Git,
  sha: string,
  { base, head }: { readonly base: string; readonly head: string },
): Promise<boolean> {
  for (const one of [sha, base, head]) if ((await commitOf(git, one)) === undefined) return false;
  const merge = await mergeForTest(git, { base, head });
  return !('conflict' in merge) && merge.tree === (await readCommit(git, sha)).tree;
}
