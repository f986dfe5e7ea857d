import * as z from 'zod';
import type { ApiClient } from '../api/api-client.ts';
import { pagedList } from '../api/pages.ts';
import { Sha, type OpenRequest, type RequestsApi } from '../api/requests-api.ts';

/** What we read of a pull request ("REST API endpoints for pull requests"). */
const GithubPull = z.object({
  number: z.number().int().positive(),
  title: z.string(),
  state: z.enum(['open', 'closed']),
  draft: z.boolean().default(false),
  author_association: z.string().default('NONE'),
  user: z.object({ login: z.string() }).nullable(),
  labels: z.array(z.object({ name: z.string() })).default([]),
  // The repository is null once a fork has been deleted.
  head: z.object({ sha: Sha, repo: z.object({ id: z.number() }).nullable() }),
  base: z.object({ ref: z.string(), repo: z.object({ id: z.number() }) }),
});
type GithubPull = z.infer<typeof GithubPull>;

const PullEnd = z.object({ state: z.enum(['open', 'closed']), merged: z.boolean(), merge_commit_sha: Sha.nullable() });

/**
 * The pull requests of a repository. What has not changed since the last poll is not sent again, and counts for no
 * limit.
 */
export function pullRequests(api: ApiClient, repository: string): RequestsApi {
  const first = `/repos/${repository}/pulls?state=open&sort=created&direction=asc&per_page=100`;
  const list = pagedList(api, first, GithubPull);
  return {
    open: async () => (await list()).map(openRequest),
    ended: async (number) => {
      const request = { method: 'GET', path: `/repos/${repository}/pulls/${number}` } as const;
      const answer = await api.send(request);
      if (answer.status === 404) return { state: 'closed' };
      const { state, merged, merge_commit_sha: mergeSha } = api.check(answer, PullEnd, request);
      return merged ? { state: 'merged', mergeSha: mergeSha ?? undefined } : { state };
    },
  };
}

function openRequest(pull: GithubPull): OpenRequest {
  const { number, title, head, base, user, draft, labels, author_association: authorAssociation } = pull;
  return {
    number: String(number),
    title,
    headSha: head.sha,
    source: head.sha,
    baseBranch: base.ref,
    fork: head.repo?.id !== base.repo.id,
    author: user?.login ?? 'ghost',
    draft,
    labels: labels.map(({ name }) => name),
    authorAssociation,
  };
}
