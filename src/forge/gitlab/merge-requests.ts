import * as z from 'zod';
import type { ApiClient } from '../api/api-client.ts';
import { pagedList } from '../api/pages.ts';
import { Sha, type OpenRequest, type RequestsApi } from '../api/requests-api.ts';

/** What we read of a merge request ("Merge requests API"). */
const MergeRequest = z.object({
  iid: z.number().int().positive(),
  title: z.string(),
  // While GitLab merges one, it is `locked`.
  state: z.enum(['opened', 'closed', 'locked', 'merged']),
  draft: z.boolean().default(false),
  labels: z.array(z.string()).default([]),
  author: z.object({ username: z.string() }).nullable(),
  // Null until GitLab has looked at a new request, or where the source branch has no commits.
  sha: Sha.nullable(),
  source_branch: z.string(),
  target_branch: z.string(),
  // Null once a fork has been deleted.
  source_project_id: z.number().nullable(),
  target_project_id: z.number(),
  // A merge that moves the branch forward makes neither.
  merge_commit_sha: Sha.nullish(),
  squash_commit_sha: Sha.nullish(),
});
type MergeRequest = z.infer<typeof MergeRequest>;

/** The merge requests of a project. */
interface MergeRequests extends RequestsApi {
  /** Returns the ref that the statuses of a merge request's head belong to; undefined if it is the head of none. */
  refOf(sha: string): Promise<string | undefined>;
}

export function mergeRequests(api: ApiClient, resources: string): MergeRequests {
  const first = `${resources}/merge_requests?state=opened&order_by=created_at&sort=asc&per_page=100`;
  const list = pagedList(api, first, MergeRequest);
  return {
    open: async () => (await list()).flatMap(openRequest),
    ended: async (number) => {
      const request = { method: 'GET', path: `${resources}/merge_requests/${number}` } as const;
      const answer = await api.send(request);
      if (answer.status === 404) return { state: 'closed' };
      const {
        state,
        sha,
        merge_commit_sha: merge,
        squash_commit_sha: squash,
      } = api.check(answer, MergeRequest, request);
      if (state === 'merged') return { state, mergeSha: merge ?? squash ?? sha ?? undefined };
      return { state: state === 'closed' ? state : 'open' };
    },
    refOf: async (sha) => {
      const path = `${resources}/repository/commits/${sha}/merge_requests?per_page=100`;
      const request = { method: 'GET', path } as const;
      const answer = await api.send(request);
      if (answer.status === 404) return undefined;
      const found = api.check(answer, z.array(MergeRequest), request).filter((one) => one.sha === sha);
      const owner = found.find(({ state }) => state === 'opened') ?? found[0];
      return owner && (isFork(owner) ? headRef(owner) : owner.source_branch);
    },
  };
}

function isFork({ source_project_id: source, target_project_id: target }: MergeRequest): boolean {
  return source !== target;
}

/** The ref of the target project that GitLab keeps for the head, also for one of a fork. */
function headRef({ iid }: MergeRequest): string {
  return `refs/merge-requests/${iid}/head`;
}

function openRequest(request: MergeRequest): readonly OpenRequest[] {
  const { iid, title, sha, target_branch: baseBranch, author, draft, labels } = request;
  if (sha === null) return [];
  return [
    {
      number: String(iid),
      title,
      headSha: sha,
      source: headRef(request),
      baseBranch,
      fork: isFork(request),
      author: author?.username ?? 'ghost',
      draft,
      labels,
    },
  ];
}
