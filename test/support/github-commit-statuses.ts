import type { Context } from 'hono';
import type { GithubRoute } from './github-api.ts';
import { examplePayload } from './github-payloads.ts';
import { pageOf, type ApiState, type StandInStatus } from './stand-in-api.ts';

/** "You can create up to 1,000 statuses per sha and context." */
const MOST_STATUSES = 1000;
const tooManyStatuses = {
  message: 'Validation Failed',
  errors: [
    {
      resource: 'Status',
      code: 'custom',
      message: 'This SHA and context has reached the maximum number of statuses.',
    },
  ],
  documentation_url: 'https://docs.github.com/rest/commits/statuses#create-a-commit-status',
};

/** The routes of commit statuses. */
export function githubStatusRoutes(route: GithubRoute, state: ApiState): void {
  const countOf = ({ sha, context }: StandInStatus) =>
    state.statuses.filter((one) => one.sha === sha && one.context === context).length;
  route('GET', '/commits/:ref/status', async (c) => combinedStatus(c, state));
  route('POST', '/statuses/:sha', async (c) => {
    const sha = c.req.param('sha') ?? '';
    if (!(await state.hasCommit(sha)))
      return c.json({ message: `No commit found for SHA: ${sha}`, documentation_url: 'https://docs.github.com' }, 422);
    const body = await c.req.json<Partial<StandInStatus>>();
    const status = { sha, state: '', context: 'default', description: null, target_url: null, ...body };
    if (countOf(status) >= MOST_STATUSES) return c.json(tooManyStatuses, 422);
    state.statuses.push(status);
    return c.json(statusBody(status, state), 201);
  });
}

/** The newest status of each context, of those that the list has already. */
async function combinedStatus(c: Context, state: ApiState): Promise<Response> {
  const sha = c.req.param('ref') ?? '';
  if (!(await state.hasCommit(sha))) return c.json({ message: `No commit found for SHA: ${sha}` }, 422);
  const listed = state.statuses
    .slice(0, Math.max(0, state.statuses.length - (state.lag ?? 0)))
    .filter((one) => one.sha === sha);
  const newest = [...new Map(listed.map((one) => [one.context, one])).values()];
  const { items, headers } = pageOf(c, newest);
  const { repository } = examplePayload('push', state.full) as { repository: object };
  const body = {
    state: 'pending',
    statuses: items.map((status) => statusBody(status, state)),
    sha,
    total_count: newest.length,
    repository: { ...repository, created_at: null, pushed_at: null },
    commit_url: `https://api.github.com/repos/${state.full}/commits/${sha}`,
    url: `https://api.github.com/repos/${state.full}/commits/${sha}/status`,
  };
  return c.json(body, 200, headers);
}

function statusBody(status: StandInStatus, { full, statuses }: ApiState): object {
  const { owner } = examplePayload('push', full).repository as { owner: object };
  const { sha, ...said } = status;
  const creator = { gists_url: '', starred_url: '', ...owner };
  const at = '2024-05-15T15:30:00Z';
  return {
    ...said,
    id: statuses.indexOf(status) + 1,
    node_id: 'U3RhdHVz',
    url: `https://api.github.com/repos/${full}/statuses/${sha}`,
    avatar_url: null,
    created_at: at,
    updated_at: at,
    creator,
  };
}
