import type { RefName } from '../forge.ts';

const FOLDER = 'gh-readonly-queue/';

/** Whether GitHub's merge queue made a branch: no one pushes to it, and it is there for as long as it is tested. */
export function isQueueBranch(branch: string): boolean {
  return branch.startsWith(FOLDER);
}

/**
 * Returns the name by which a ref of the remote is known here. What a merge queue made is no branch: it is
 * `refs/queue/…`, also where a repository on GitHub is read as a plain git remote.
 */
export function knownName(ref: RefName): RefName {
  const branch = /^refs\/heads\/(.+)$/s.exec(ref)?.[1] ?? '';
  return isQueueBranch(branch) ? `refs/queue/${branch.slice(FOLDER.length)}` : ref;
}
