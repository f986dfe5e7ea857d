import * as z from 'zod';
import type { ApiClient } from '../api/api-client.ts';
import type { Forge } from '../forge.ts';

/** What we read of an event ("List all visible events for a project"). */
const PushEvent = z.object({
  // Null once the account has been deleted.
  author_username: z.string().nullable(),
  push_data: z
    .object({
      ref: z.string().nullable(),
      ref_type: z.enum(['branch', 'tag']),
      commit_to: z.string().nullable(),
    })
    .optional(),
});

/**
 * Who pushed a branch or a tag, or merged into a branch, by GitLab's own record: the newest hundred pushes to the
 * project. GitLab adds to it a little later, and removes entries after three years.
 */
export function pushEvents(api: ApiClient, resources: string): NonNullable<Forge['pusher']> {
  return async (ref, sha) => {
    const [, folder, name] = /^refs\/(heads|tags)\/(.+)$/.exec(ref) ?? [];
    if (folder === undefined) return undefined;
    const type = folder === 'heads' ? 'branch' : 'tag';
    const request = { method: 'GET', path: `${resources}/events?action=pushed&per_page=100` } as const;
    const events = api.check(await api.send(request), z.array(PushEvent), request);
    const found = events.find(
      ({ push_data: push }) => push?.ref_type === type && push.ref === name && push.commit_to === sha,
    );
    return found?.author_username ?? undefined;
  };
}
