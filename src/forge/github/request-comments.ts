import * as z from 'zod';
import type { ApiClient } from '../api/api-client.ts';
import { pagedList } from '../api/pages.ts';
import type { Forge, ForgeComment } from '../forge.ts';

/** What we read of a comment ("List issue comments for a repository"). */
const IssueComment = z.object({
  id: z.number().int().positive(),
  body: z.string().default(''),
  issue_url: z.string().regex(/\/issues\/\d+$/),
  user: z.object({ login: z.string(), type: z.string() }).nullable(),
  created_at: z.string(),
  updated_at: z.string(),
  performed_via_github_app: z.unknown(),
});
type IssueComment = z.infer<typeof IssueComment>;

/**
 * Comments on issues and pull requests, which share their numbers. The same time gives an answer that counts for no
 * limit, until there is something new.
 */
export function requestComments(api: ApiClient, repository: string): NonNullable<Forge['comments']> {
  let last: { readonly since: string; readonly list: () => Promise<readonly IssueComment[]> } | undefined;
  return async (since) => {
    if (last?.since !== since) {
      const path = `/repos/${repository}/issues/comments?sort=updated&direction=asc&per_page=100`;
      last = { since, list: pagedList(api, `${path}&since=${encodeURIComponent(since)}`, IssueComment) };
    }
    return (await last.list()).flatMap(commentOf);
  };
}

function commentOf(comment: IssueComment): readonly ForgeComment[] {
  const { id, body, user, issue_url: issue, created_at: at, updated_at: changedAt } = comment;
  // The account has been deleted.
  if (user === null) return [];
  return [
    {
      id: String(id),
      request: issue.slice(issue.lastIndexOf('/') + 1),
      author: user.login,
      text: body,
      isEdited: changedAt !== at,
      isBot: user.type !== 'User' || (comment.performed_via_github_app ?? null) !== null,
      at: new Date(at).toISOString(),
    },
  ];
}
