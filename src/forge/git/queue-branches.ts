import type { RefName } from '../refs.ts';

const FOLDER = 'gh-readonly-queue/';

/** Returns whether a branch is one of GitHub's merge queue, which exists while its commit is tested. */
export function isQueueBranch(branch: string): boolean {
  return branch.startsWith(FOLDER);
}

/**
 * Returns the name by which a ref of the remote is known here. A branch of a merge queue is known as
 * `refs/queue/…`, also where a repository on GitHub is read as a plain git remote.
 */
export function knownName(ref: RefName): RefName {
  const branch = /^refs\/heads\/(.+)$/s.exec(ref)?.[1] ?? '';
  return isQueueBranch(branch) ? `refs/queue/${branch.slice(FOLDER.length)}` : ref;
}
