import * as z from 'zod';
import { BoundedMap, hasCode } from '../../kit/index.ts';
import type { ApiClient } from '../api/api-client.ts';
import type { QueueEntry } from '../api/merge-groups.ts';
import { pagedList } from '../api/pages.ts';
import { Sha } from '../api/requests-api.ts';
import type { LocalCopy } from '../git/local-copy.ts';

/** What we read of a merge request on a train ("Merge trains API"). */
const TrainCar = z.object({
  merge_request: z.object({ iid: z.number().int().positive() }),
  // Null until GitLab has made the commit.
  pipeline: z.object({ sha: Sha }).nullable(),
  target_branch: z.string(),
});

const REMEMBERED = 2000;

/** The merge trains of a project. */
interface MergeTrains {
  /** Returns what is on them; nothing where GitLab has no trains (a paid feature), which is asked once. */
  entries(): Promise<readonly QueueEntry[]>;
  /** Returns the ref that the statuses of a train's commit belong to. */
  refOf(sha: string): string | undefined;
}

export function mergeTrains(api: ApiClient, resources: string, copy: LocalCopy): MergeTrains {
  const list = pagedList(api, `${resources}/merge_trains?scope=active&sort=asc&per_page=100`, TrainCar);
  const refs = new BoundedMap<string, string>(REMEMBERED);
  let hasTrains = true;
  return {
    refOf: (sha) => refs.get(sha),
    entries: async () => {
      const cars = hasTrains ? await list().catch(noTrains) : [];
      if (cars === undefined) hasTrains = false;
      const made = (cars ?? []).flatMap(({ merge_request: { iid }, pipeline, target_branch: baseBranch }) =>
        pipeline === null ? [] : [{ number: String(iid), sha: pipeline.sha, baseBranch }],
      );
      for (const { number, sha } of made) refs.set(sha, trainRef(number));
      const heads = made.map(({ number, sha }) => [`refs/queue/${number}`, { sha, from: trainRef(number) }] as const);
      const fetched = hasTrains ? await copy.name('refs/queue/', new Map(heads)) : new Map<string, string>();
      const present = made.filter(({ number, sha }) => fetched.get(`refs/queue/${number}`) === sha);
      return Promise.all(present.map(async (one) => ({ ...one, parent: await parentOf(copy, one.sha) })));
    },
  };
}

/** The ref that GitLab keeps for the commit: the request merged into that of the request before it. */
function trainRef(number: string): string {
  return `refs/merge-requests/${number}/train`;
}

async function parentOf({ reads }: LocalCopy, sha: string): Promise<string> {
  return (await reads.commit(sha)).parents[0] ?? '';
}

/** A GitLab without merge trains answers 403, or 404 in an edition that does not have them. */
function noTrains(error: unknown): undefined {
  if (hasCode(error, 'FORGE_GITLAB_FORBIDDEN') || hasCode(error, 'FORGE_GITLAB_NOT_FOUND')) return undefined;
  throw error;
}
