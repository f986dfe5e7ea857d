import { createHash } from 'node:crypto';
import { Hono, type Context } from 'hono';
import type { StandInApp } from './github-app.ts';
import { githubCheckRoutes } from './github-checks.ts';
import { judged, openapiContract } from './openapi-contract.ts';
import { githubStatusRoutes } from './github-commit-statuses.ts';
import { githubCommentRoutes, ownAccount } from './github-comments.ts';
import { examplePayload, pullBody } from './github-payloads.ts';
import { listed, observe, pageOf, type ApiState, type StandInActivity, type StandInPull } from './stand-in-api.ts';

export type GithubRoute = (
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  handle: (c: Context) => Promise<Response>,
) => void;

const BASE = '/api/v3';
const REPOSITORY = '/repos/:owner/:repo';

/** GitHub's REST API as GitHub Enterprise Server has it, below `/api/v3`. */
export function githubApiRoutes(state: ApiState, githubApp: StandInApp): Hono {
  const app = new Hono().basePath(BASE);
  const contract = openapiContract('GitHub', new URL('../fixtures/github/openapi-subset.json', import.meta.url));
  const refuse = async (c: Context) => {
    if (c.req.path.startsWith(`${BASE}/app-manifests/`)) return undefined;
    if (isForApp(c)) return githubApp.refuse(c);
    if (!state.accepts(/^Bearer (.+)$/.exec(c.req.header('authorization') ?? '')?.[1] ?? ''))
      return c.json({ message: 'Bad credentials', documentation_url: 'https://docs.github.com' }, 401);
    const { path } = c.req;
    const isThere =
      path === `${BASE}/user` || path.toLowerCase().startsWith(`${BASE}/repos/${state.full.toLowerCase()}/`);
    return isThere ? undefined : notFound(c);
  };
  app.use('*', (c, next) => observe(c, next, { state, base: BASE, refuse }));
  const routeAll: GithubRoute = (method, path, handle) => {
    app.on(method, path, (c) => judged(c, { state, contract, template: path.replace(/:(\w+)/g, '{$1}') }, handle));
  };
  const route: GithubRoute = (method, path, handle) => routeAll(method, `${REPOSITORY}${path}`, handle);
  routeAll('POST', '/app-manifests/:code/conversions', async (c) => githubApp.convert(c));
  routeAll('POST', '/app/installations/:installation_id/access_tokens', (c) => createToken(c, githubApp));
  route('GET', '/installation', async (c) =>
    githubApp.installation === undefined ? notFound(c) : c.json(githubApp.installationBody()),
  );
  route('GET', '/pulls', (c) => listPulls(c, state));
  route('GET', '/pulls/:pull_number', async (c) => {
    const pull = state.pulls.get(Number(c.req.param('pull_number')));
    return pull === undefined ? notFound(c) : c.json(await shown(pull, state));
  });
  route('GET', '/activity', async (c) => {
    const found = state.activities.filter(({ ref }) => ref === c.req.query('ref')).toReversed();
    return c.json(found.slice(0, Number(c.req.query('per_page') ?? 30)).map((one) => activityBody(one, state)));
  });
  githubStatusRoutes(route, state);
  app.get('/user', (c) => ownAccount(c, githubApp));
  githubCommentRoutes(route, state, githubApp);
  githubCheckRoutes(route, state, githubApp);
  return app;
}

/** Routes that take what the App's key signs, and no token. */
function isForApp(c: Context): boolean {
  return /^\/app\/|^\/repos\/[^/]+\/[^/]+\/installation$/.test(c.req.path.slice(BASE.length));
}

async function createToken(c: Context, githubApp: StandInApp): Promise<Response> {
  if (c.req.param('installation_id') !== String(githubApp.installation)) return notFound(c);
  const { repositories = [] } = await c.req.json<{ repositories?: readonly string[] }>();
  const isKnown = repositories.every((name) => name === githubApp.full.split('/')[1]);
  const message =
    'There is at least one repository that does not exist or is not accessible to the parent installation.';
  if (!isKnown) return c.json({ message, documentation_url: 'https://docs.github.com' }, 422);
  return c.json(githubApp.issue(), 201);
}

async function listPulls(c: Context, state: ApiState): Promise<Response> {
  const wanted = c.req.query('state') ?? 'open';
  const all = [...listed(state).pulls.values()]
    .filter((pull) => wanted === 'all' || pull.state === wanted)
    .toSorted((one, other) => one.number - other.number);
  const { items, headers } = pageOf(c, c.req.query('direction') === 'asc' ? all : all.toReversed());
  const bodies = await Promise.all(items.map((pull) => shown(pull, state)));
  const etag = `W/"${createHash('sha256').update(JSON.stringify(bodies)).digest('hex')}"`;
  if (c.req.header('if-none-match') === etag) return c.body(null, 304, { ETag: etag });
  return c.json(bodies, 200, { ETag: etag, ...headers });
}

async function shown(pull: StandInPull, state: ApiState): Promise<object> {
  const baseSha = (await state.tip(`heads/${pull.base}`)) ?? '0'.repeat(40);
  return pullBody(pull, { full: state.full, baseSha });
}

function activityBody({ before, actor, ...said }: StandInActivity, { full }: ApiState): object {
  const { owner } = examplePayload('push', full).repository as { owner: object };
  return {
    ...said,
    id: 1,
    node_id: 'MDEw',
    before: before || '0'.repeat(40),
    timestamp: '2024-05-15T15:30:00Z',
    activity_type: before === '' ? 'branch_creation' : 'push',
    actor: { gists_url: '', starred_url: '', ...owner, login: actor },
  };
}

function notFound(c: Context): Response {
  return c.json({ message: 'Not Found', documentation_url: 'https://docs.github.com/rest' }, 404);
}
