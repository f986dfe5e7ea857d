import { createHash } from 'node:crypto';
import { Hono, type Context, type Next } from 'hono';
import { githubContract, type GithubContract } from './github-openapi.ts';
import { examplePayload, pullBody, type StandInPull } from './github-payloads.ts';

export interface StandInStatus {
  readonly sha: string;
  readonly state: string;
  readonly context: string;
  readonly description: string | null;
  readonly target_url: string | null;
}

export interface StandInActivity {
  readonly ref: string;
  readonly before: string;
  readonly after: string;
  readonly actor: string;
}

/** Something that goes wrong with requests whose `METHOD /path` matches. */
export interface Fault {
  readonly on: RegExp;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly message?: string;
  /** The request is done all the same; only its answer is lost. */
  readonly isDone?: boolean;
  times: number;
}

/** What the routes know and change. */
export interface ApiState {
  readonly full: string;
  readonly token: string;
  readonly pulls: Map<number, StandInPull>;
  readonly statuses: StandInStatus[];
  readonly faults: Fault[];
  /** Each request that came, as `METHOD /path`, and the status of its answer. */
  readonly requests: { readonly line: string; readonly status: number }[];
  /** Moves of branches, oldest first. */
  readonly activities: StandInActivity[];
  /** What GitHub's own description does not allow, of us or of the stand-in. */
  readonly violations: string[];
  /** SHA of a branch's tip, or of a pull request's head (`pull/7/head`); undefined if there is none. */
  tip(ref: string): Promise<string | undefined>;
  hasCommit(sha: string): Promise<boolean>;
}

const BASE = '/api/v3';
const REPOSITORY = '/repos/:owner/:repo';

/** GitHub's REST API as GitHub Enterprise Server has it, below `/api/v3`. */
export function githubApiRoutes(state: ApiState): Hono {
  const app = new Hono().basePath(BASE);
  const contract = githubContract();
  app.use('*', (c, next) => observe(c, next, state));
  const route = (method: 'GET' | 'POST', path: string, handle: (c: Context) => Promise<Response>): void => {
    app.on(method, `${REPOSITORY}${path}`, (c) =>
      judged(c, { state, contract, template: `${REPOSITORY}${path}`.replace(/:(\w+)/g, '{$1}') }, handle),
    );
  };
  route('GET', '/pulls', (c) => listPulls(c, state));
  route('GET', '/pulls/:pull_number', async (c) => {
    const pull = state.pulls.get(Number(c.req.param('pull_number')));
    return pull === undefined ? notFound(c) : c.json(await shown(pull, state));
  });
  route('GET', '/activity', async (c) => {
    const found = state.activities.filter(({ ref }) => ref === c.req.query('ref')).toReversed();
    return c.json(found.slice(0, Number(c.req.query('per_page') ?? 30)).map((one) => activityBody(one, state)));
  });
  route('GET', '/commits/:ref/statuses', async (c) => {
    const found = state.statuses.filter(({ sha }) => sha === c.req.param('ref')).toReversed();
    return c.json(found.slice(0, 100).map((status) => statusBody(status, state)));
  });
  route('POST', '/statuses/:sha', async (c) => {
    const sha = c.req.param('sha') ?? '';
    if (!(await state.hasCommit(sha)))
      return c.json({ message: `No commit found for SHA: ${sha}`, documentation_url: 'https://docs.github.com' }, 422);
    const body = await c.req.json<Partial<StandInStatus>>();
    const status = { sha, state: '', context: 'default', description: null, target_url: null, ...body };
    state.statuses.push(status);
    return c.json(statusBody(status, state), 201);
  });
  return app;
}

/** Counts requests, checks the token, and lets faults happen. */
async function observe(c: Context, next: Next, state: ApiState): Promise<Response | void> {
  const line = `${c.req.method} ${c.req.path.slice(BASE.length)}`;
  const answer = async (): Promise<void> => {
    if (c.req.header('authorization') !== `Bearer ${state.token}`)
      c.res = c.json({ message: 'Bad credentials', documentation_url: 'https://docs.github.com' }, 401);
    else if (!c.req.path.toLowerCase().startsWith(`${BASE}/repos/${state.full.toLowerCase()}/`)) c.res = notFound(c);
    else await next();
  };
  const fault = state.faults.find((one) => one.times > 0 && one.on.test(line));
  if (fault === undefined) await answer();
  else {
    fault.times -= 1;
    if (fault.isDone === true) await answer();
    c.res = c.json({ message: fault.message ?? 'Server Error' }, fault.status as 502, { ...fault.headers });
  }
  state.requests.push({ line, status: c.res.status });
}

interface Judge {
  readonly state: ApiState;
  readonly contract: GithubContract;
  readonly template: string;
}

async function judged(
  c: Context,
  { state, contract, template }: Judge,
  handle: (c: Context) => Promise<Response>,
): Promise<Response> {
  const { method } = c.req;
  const query = new URL(c.req.url).searchParams;
  const asked = contract.request(template, { method, query, body: method === 'POST' ? await c.req.json() : undefined });
  const response = await handle(c);
  const text = await response.clone().text();
  const said = contract.answer(template, {
    method,
    status: response.status,
    body: text === '' ? undefined : JSON.parse(text),
  });
  state.violations.push(...asked, ...said);
  return response;
}

async function listPulls(c: Context, state: ApiState): Promise<Response> {
  const [size, page] = [Number(c.req.query('per_page') ?? 30), Number(c.req.query('page') ?? 1)];
  const wanted = c.req.query('state') ?? 'open';
  const all = [...state.pulls.values()]
    .filter((pull) => wanted === 'all' || pull.state === wanted)
    .toSorted((one, other) => one.number - other.number);
  const ordered = c.req.query('direction') === 'asc' ? all : all.toReversed();
  const bodies = await Promise.all(ordered.slice((page - 1) * size, page * size).map((pull) => shown(pull, state)));
  const text = JSON.stringify(bodies);
  const etag = `W/"${createHash('sha256').update(text).digest('hex')}"`;
  if (c.req.header('if-none-match') === etag) return c.body(null, 304, { ETag: etag });
  const next = new URL(c.req.url);
  next.searchParams.set('page', String(page + 1));
  const link: Record<string, string> =
    page * size < all.length ? { Link: `<${next.href}>; rel="next", <${next.href}>; rel="last"` } : {};
  return c.json(bodies, 200, { ETag: etag, ...link });
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

function statusBody(status: StandInStatus, { full }: ApiState): object {
  const { owner } = examplePayload('push', full).repository as { owner: object };
  const { sha, ...said } = status;
  const creator = { gists_url: '', starred_url: '', ...owner };
  const at = '2024-05-15T15:30:00Z';
  return {
    ...said,
    id: 1,
    node_id: 'U3RhdHVz',
    url: `https://api.github.com/repos/${full}/statuses/${sha}`,
    avatar_url: null,
    created_at: at,
    updated_at: at,
    creator,
  };
}

function notFound(c: Context): Response {
  return c.json({ message: 'Not Found', documentation_url: 'https://docs.github.com/rest' }, 404);
}
