import * as z from 'zod';
import type { ApiClient } from '../api/api-client.ts';
import type { Forge } from '../forge.ts';

/** What we read of an activity ("List repository activities"). */
const Activity = z.object({
  ref: z.string(),
  after: z.string(),
  actor: z.object({ login: z.string() }).nullable(),
});

/**
 * Who pushed to a branch, or merged into it, by GitHub's own record of the repository, the newest hundred entries of
 * the branch. That record has no tags; only a webhook reports who pushed those.
 */
export function activity(api: ApiClient, repository: string): NonNullable<Forge['pusher']> {
  return async (ref, sha) => {
    if (!ref.startsWith('refs/heads/')) return undefined;
    const path = `/repos/${repository}/activity?ref=${encodeURIComponent(ref)}&per_page=100`;
    const request = { method: 'GET', path } as const;
    const answer = await api.send(request);
    if (answer.status === 404) return undefined;
    const found = api.check(answer, z.array(Activity), request).find((one) => one.ref === ref && one.after === sha);
    return found?.actor?.login;
  };
}
