import * as z from 'zod';
import type { ApiClient } from '../api/api-client.ts';
import { ownAccount } from '../api/own-account.ts';
import { ownComment } from '../api/own-comment.ts';
import type { Forge } from '../forge.ts';
import { MakingApp, isMadeByApp } from './app/made-by-app.ts';

const IssueComment = z.object({
  id: z.number(),
  body: z.string().default(''),
  user: z.object({ id: z.number(), type: z.string() }).nullable(),
  performed_via_github_app: MakingApp.nullish(),
});

/**
 * Keeps one comment on a pull request, which is an issue in GitHub's API of comments; see `ownComment`. `app` is the
 * number or the client id of the GitHub App whose tokens are used: an App has no account that it could read.
 */
export function issueComments(api: ApiClient, repository: string, app?: string): NonNullable<Forge['comment']> {
  return ownComment({
    api,
    schema: IssueComment,
    paths: (request) => {
      const all = `/repos/${repository}/issues/${request}/comments`;
      return { all, list: `${all}?per_page=100`, one: `/repos/${repository}/issues/comments` };
    },
    update: 'PATCH',
    ownership: async () => {
      if (app !== undefined)
        return ({ user, performed_via_github_app: via }) => user?.type === 'Bot' && isMadeByApp(via, app);
      const own = await ownAccount(api);
      return ({ user }) => user?.id === own;
    },
    forbidden: 'FORGE_GITHUB_FORBIDDEN',
  });
}
