import * as z from 'zod';
import type { ApiClient } from '../api/api-client.ts';
import { ownAccount } from '../api/own-account.ts';
import { ownComment } from '../api/own-comment.ts';
import type { Forge } from '../forge.ts';

const Note = z.object({ id: z.number(), body: z.string(), author: z.object({ id: z.number() }).nullable() });

/** Keeps one note on a merge request; see `ownComment`. */
export function notes(api: ApiClient, resources: string): NonNullable<Forge['comment']> {
  const write = ownComment({
    api,
    schema: Note,
    paths: (request) => {
      const all = `${resources}/merge_requests/${request}/notes`;
      return { all, list: `${all}?sort=asc&order_by=created_at&per_page=100`, one: all };
    },
    update: 'PUT',
    ownership: async () => {
      const own = await ownAccount(api);
      return ({ author }) => author?.id === own;
    },
    forbidden: 'FORGE_GITLAB_FORBIDDEN',
  });
  return (comment) => write({ ...comment, text: withoutCommands(comment.text) });
}

/**
 * Returns a text that GitLab stores as it is. Lines that begin with `/merge` and the like are quick actions, which it
 * would carry out as the token's account and remove, as it removes carriage returns and white space at the end.
 */
function withoutCommands(text: string): string {
  return text.replaceAll('\r', '').replace(/^\//gm, ' /').trimEnd();
}
