import type { QueueEntry } from '../api/merge-groups.ts';
import type { Refs } from '../refs.ts';

/** `gh-readonly-queue/<base>/pr-<number>-<sha>`: what the commit was made on, in the name of its branch. */
const ENTRY = /^refs\/queue\/(.+)\/pr-(\d+)-([0-9a-f]{40}(?:[0-9a-f]{24})?)$/;

/** Returns the entries of GitHub's merge queues, which are branches of the repository and in no list of the API. */
export async function queueEntries(fetched: Refs): Promise<readonly QueueEntry[]> {
  return [...fetched].flatMap(([ref, sha]) => {
    const [, baseBranch, number, parent] = ENTRY.exec(ref) ?? [];
    if (baseBranch === undefined || number === undefined || parent === undefined) return [];
    return [{ number, sha, baseBranch, parent }];
  });
}
