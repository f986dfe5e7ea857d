import * as z from 'zod';
import { checkAnswer, nextPage, requireFound, type ApiAnswer } from './api-answer.ts';
import type { GithubApiClient } from './api-client.ts';

const Sha = z.string().regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/);

/** What we read of a pull request ("REST API endpoints for pull requests"). */
const GithubPull = z.object({
  number: z.number().int().positive(),
  title: z.string(),
  state: z.enum(['open', 'closed']),
  draft: z.boolean().default(false),
  author_association: z.string().default('NONE'),
  user: z.object({ login: z.string() }).nullable(),
  // The repository is null once a fork has been deleted.
  head: z.object({ sha: Sha, repo: z.object({ id: z.number() }).nullable() }),
  base: z.object({ ref: z.string(), repo: z.object({ id: z.number() }) }),
});
export type GithubPull = z.infer<typeof GithubPull>;

const PullEnd = z.object({ state: z.enum(['open', 'closed']), merged: z.boolean() });

/**
 * The pull requests of a repository. What has not changed since the last poll is not sent again, and counts for no
 * limit.
 */
export type PullRequests = ReturnType<typeof pullRequests>;

export function pullRequests(api: GithubApiClient, repository: string) {
  const first = `/repos/${repository}/pulls?state=open&sort=created&direction=asc&per_page=100`;
  let known = new Map<string, ApiAnswer>();
  return {
    /** Returns all that are open, oldest first. */
    open: async (): Promise<readonly GithubPull[]> => {
      const seen = new Map<string, ApiAnswer>();
      const found: GithubPull[] = [];
      for (let path: string | undefined = first; path !== undefined && !seen.has(path);) {
        const answer = await readPage(api, path, known.get(path));
        seen.set(path, answer);
        found.push(...checkAnswer(answer, z.array(GithubPull), path));
        path = nextPage(answer.headers);
      }
      known = seen;
      return found;
    },
    /** Returns the state of one that is no longer listed; one that cannot be seen is closed. */
    ended: async (number: string): Promise<'open' | 'closed' | 'merged'> => {
      const path = `/repos/${repository}/pulls/${number}`;
      const answer = await api.send({ method: 'GET', path });
      if (answer.status === 404) return 'closed';
      const { state, merged } = checkAnswer(answer, PullEnd, path);
      return merged ? 'merged' : state;
    },
  };
}

async function readPage(api: GithubApiClient, path: string, known: ApiAnswer | undefined): Promise<ApiAnswer> {
  const etag = known?.headers.get('etag') ?? undefined;
  const answer = await api.send({ method: 'GET', path, etag });
  if (answer.status === 304 && known !== undefined) return known;
  requireFound(answer, 'GET', path);
  return answer;
}
