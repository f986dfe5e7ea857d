import { createHash } from 'node:crypto';
import { Hono, type Context } from 'hono';
import { botId, mergeRequestBody, projectId, userBody } from './gitlab-payloads.ts';
import { judged, openapiContract } from './openapi-contract.ts';
import {
  commentsOn,
  listed,
  observe,
  pageOf,
  type ApiState,
  type StandInActivity,
  type StandInComment,
} from './stand-in-api.ts';

/** A status as GitLab keeps it: a job of an external pipeline of a commit and ref. */
interface StatusJob {
  readonly id: number;
  readonly sha: string;
  readonly ref: string;
  readonly name: string;
  status: string;
  description: string | null;
  target_url: string | null;
}

export interface GitlabState extends ApiState {
  /** Jobs that a pipeline may have (`ci_pipeline_size`). */
  mostJobs: number;
  /** Merge requests on the merge train of `main`, the next one first; undefined where there are no trains. */
  train: { readonly number: number; readonly sha: string | undefined }[] | undefined;
}

const BASE = '/api/v4';
const PROJECT = '/projects/:id';
const at = '2026-01-15T09:30:00.000Z';

/** GitLab's REST API, below `/api/v4`. */
export function gitlabApiRoutes(state: GitlabState): Hono {
  const app = new Hono().basePath(BASE);
  const contract = openapiContract('GitLab', new URL('../fixtures/gitlab-api/operations.json', import.meta.url));
  const own = `${BASE}/projects/${encodeURIComponent(state.full)}/`.toLowerCase();
  const refuse = (c: Context) => {
    if (!state.accepts(c.req.header('private-token') ?? '')) return c.json({ message: '401 Unauthorized' }, 401);
    const { pathname } = new URL(c.req.url);
    const isThere = [`${BASE}/user`, `${BASE}/users`].includes(pathname) || pathname.toLowerCase().startsWith(own);
    return isThere ? undefined : c.json({ message: '404 Project Not Found' }, 404);
  };
  app.use('*', (c, next) => observe(c, next, { state, base: BASE, refuse }));
  const route = (
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    handle: (c: Context) => Promise<Response>,
  ): void => {
    const template = `${BASE}${path}`.replace(/:(\w+)/g, '{$1}');
    app.on(method, path, (c) => judged(c, { state, contract, template }, handle));
  };
  const jobs: StatusJob[] = [];
  route('GET', `${PROJECT}/merge_requests`, (c) => listMergeRequests(c, state));
  route('GET', `${PROJECT}/merge_requests/:merge_request_iid`, async (c) => {
    const pull = state.pulls.get(Number(c.req.param('merge_request_iid')));
    return pull === undefined ? notFound(c) : c.json(mergeRequestBody(pull, state.full));
  });
  route('GET', `${PROJECT}/merge_trains`, async (c) => {
    if (state.train === undefined) return c.json({ message: '403 Forbidden' }, 403);
    return c.json(state.train.map((car) => trainCarBody(car, state)));
  });
  route('GET', `${PROJECT}/events`, async (c) => {
    const isNote = c.req.query('action') === 'commented';
    const all = isNote ? noteEvents(state, c.req.query('after')) : state.activities.map(eventBody);
    const { items, headers } = pageOf(c, all.toReversed());
    return c.json(items, 200, headers);
  });
  route('GET', `${PROJECT}/repository/commits/:sha/merge_requests`, async (c) => {
    const found = [...state.pulls.values()].filter(({ head }) => head === c.req.param('sha'));
    return c.json(found.map((pull) => mergeRequestBody(pull, state.full)));
  });
  route('GET', `${PROJECT}/repository/commits/:sha/statuses`, async (c) => {
    const [sha, name] = [c.req.param('sha'), c.req.query('name')];
    const latest = new Map(jobs.filter((job) => job.sha === sha).map((job) => [`${job.ref} ${job.name}`, job]));
    return c.json([...latest.values()].filter((job) => name === undefined || job.name === name).map(statusBody));
  });
  route('POST', `${PROJECT}/statuses/:sha`, (c) => postStatus(c, state, jobs));
  route('GET', '/user', async (c) => c.json(userBody('project_15_bot', botId)));
  noteRoutes(route, state);
  memberRoutes(route, state);
  return app;
}

async function listMergeRequests(c: Context, state: GitlabState): Promise<Response> {
  const wanted = c.req.query('state') ?? 'all';
  const all = [...listed(state).pulls.values()]
    .filter((pull) => wanted === 'all' || (wanted === 'opened') === (pull.state === 'open'))
    .toSorted((one, other) => one.number - other.number);
  const { items, headers } = pageOf(c, c.req.query('sort') === 'asc' ? all : all.toReversed());
  const bodies = items.map((pull) => mergeRequestBody(pull, state.full));
  const etag = `W/"${createHash('sha256').update(JSON.stringify(bodies)).digest('hex').slice(0, 32)}"`;
  if (c.req.header('if-none-match') === etag) return c.body(null, 304, { ETag: etag });
  return c.json(bodies, 200, { ETag: etag, ...headers });
}

/** Events by which a job may come to a state, and from which states: `CommitStatus` has a state machine. */
const TRANSITIONS: Readonly<Record<string, { readonly event: string; readonly from: readonly string[] }>> = {
  pending: { event: 'enqueue', from: ['created'] },
  running: { event: 'run', from: ['created', 'pending'] },
  success: { event: 'success', from: ['created', 'pending', 'running'] },
  failed: { event: 'drop', from: ['created', 'pending', 'running'] },
  canceled: { event: 'cancel', from: ['created', 'pending', 'running'] },
};

/** A status that has not ended is changed, and must change its state; otherwise a job is added. */
async function postStatus(c: Context, state: GitlabState, jobs: StatusJob[]): Promise<Response> {
  const sha = c.req.param('sha') ?? '';
  const sent = await c.req.json<{
    state: string;
    name: string;
    ref?: string;
    description?: string;
    target_url?: string;
  }>();
  const inBranch = [...state.pulls.values()].every((pull) => !(pull.isFork && pull.head === sha));
  if (!(await state.hasCommit(sha))) return c.json({ message: '404 Commit Not Found' }, 404);
  const ref = sent.ref ?? jobs.findLast((job) => job.sha === sha)?.ref ?? (inBranch ? 'main' : undefined);
  if (ref === undefined) return c.json({ message: '404 References for commit Not Found' }, 404);
  const isOpen = (job: StatusJob) => job.status === 'pending' || job.status === 'running';
  const ofCommit = jobs.filter((job) => job.sha === sha && job.ref === ref);
  const known = ofCommit.find((job) => job.name === sent.name && isOpen(job));
  const transition = TRANSITIONS[sent.state];
  if (transition === undefined) return c.json({ error: 'state does not have a valid value' }, 400);
  const before = known?.status ?? 'created';
  if (!transition.from.includes(before)) {
    const reason = `Reason(s): Status cannot transition via "${transition.event}"`;
    return c.json({ message: `Cannot transition status via :${transition.event} from :${before} (${reason})` }, 400);
  }
  if (known === undefined && ofCommit.length >= state.mostJobs)
    return c.json({ message: 'The number of jobs has exceeded the limit' }, 422);
  const job = known ?? {
    id: jobs.length + 1,
    sha,
    ref,
    name: sent.name,
    status: '',
    description: null,
    target_url: null,
  };
  if (known === undefined) jobs.push(job);
  const { description = job.description, target_url = job.target_url } = sent;
  Object.assign(job, { status: sent.state, description, target_url });
  state.statuses.push({ sha, context: sent.name, state: sent.state, description, target_url });
  return c.json(statusBody(job), 201);
}

type Route = (
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  handle: (c: Context) => Promise<Response>,
) => void;

function noteRoutes(route: Route, state: GitlabState): void {
  const path = `${PROJECT}/merge_requests/:noteable_id/notes`;
  const of = (c: Context) => commentsOn(state, Number(c.req.param('noteable_id')));
  route('GET', path, async (c) => {
    const all = c.req.query('sort') === 'asc' ? of(c).listed() : of(c).listed().toReversed();
    const { items, headers } = pageOf(c, all);
    return c.json(items.map(noteBody), 200, headers);
  });
  route('POST', path, async (c) => {
    const { body } = await c.req.json<{ body: string }>();
    const note = of(c).add(withoutQuickActions(body));
    return note === undefined ? notFound(c) : c.json(noteBody(note), 201);
  });
  route('PUT', `${path}/:note_id`, async (c) => {
    const note = of(c).find(Number(c.req.param('note_id')));
    if (note === undefined) return notFound(c);
    if (note.author !== 'us') return c.json({ message: '403 Forbidden' }, 403);
    note.body = withoutQuickActions((await c.req.json<{ body: string }>()).body);
    return c.json(noteBody(note));
  });
  route('DELETE', `${path}/:note_id`, async (c) => {
    const note = of(c).find(Number(c.req.param('note_id')));
    if (note === undefined) return notFound(c);
    if (note.author !== 'us') return c.json({ message: '403 Forbidden' }, 403);
    of(c).remove(note);
    return c.body(null, 204);
  });
}

/** GitLab carries out these lines and does not store them (`lib/gitlab/quick_actions/extractor.rb`). */
function withoutQuickActions(body: string): string {
  return body
    .replaceAll('\r', '')
    .replace(/^\/[a-z_]+(?: [^\n]*)?(?:\s*\n|$)/gim, '')
    .trimEnd();
}

/** Roles by the lowest access level that has them. */
const LEVELS: Readonly<Record<string, number>> = { admin: 50, maintain: 40, write: 30, triage: 20, read: 10 };

function memberRoutes(route: Route, state: GitlabState): void {
  const names = () => [...state.roles.keys()];
  const idOf = (name: string) => 100 + names().indexOf(name);
  route('GET', '/users', async (c) => {
    const name = c.req.query('username') ?? '';
    const found = names().filter((one) => one.toLowerCase() === name.toLowerCase());
    return c.json(found.map((one) => userBody(one, idOf(one))));
  });
  route('GET', `${PROJECT}/members/all/:user_id`, async (c) => {
    const name = names().find((one) => idOf(one) === Number(c.req.param('user_id'))) ?? '';
    const level = LEVELS[state.roles.get(name) ?? ''];
    if (level === undefined) return notFound(c);
    return c.json({ ...userBody(name, idOf(name)), access_level: level, expires_at: null });
  });
}

/** Comments as events of the project, after a day and oldest first. */
function noteEvents(state: GitlabState, after = ''): readonly object[] {
  return listed(state)
    .comments.filter((comment) => (comment.at ?? at).slice(0, 10) > after)
    .map((comment) => ({
      id: comment.id,
      project_id: projectId,
      action_name: 'commented on',
      target_id: comment.id,
      target_iid: comment.id,
      target_type: 'Note',
      author_id: 1,
      target_title: 'A change',
      created_at: comment.at ?? at,
      author: userBody(comment.author),
      author_username: comment.author,
      note: noteBody(comment),
    }));
}

function noteBody({ id, request, author, body, at: createdAt = at, editedAt = createdAt }: StandInComment): object {
  return {
    id,
    type: null,
    body,
    author: author === 'us' ? userBody('project_15_bot', botId) : userBody(author),
    created_at: createdAt,
    updated_at: editedAt,
    system: false,
    noteable_id: 1000 + request,
    noteable_type: 'MergeRequest',
    project_id: projectId,
    noteable_iid: request,
    resolvable: false,
    confidential: false,
    internal: false,
  };
}

function eventBody({ ref, before, after, actor }: StandInActivity): object {
  const [, folder, name] = /^refs\/(heads|tags)\/(.+)$/.exec(ref) ?? [];
  return {
    id: 1,
    project_id: projectId,
    action_name: before === '' ? 'pushed new' : 'pushed to',
    target_id: null,
    target_iid: null,
    target_type: null,
    author_id: 1,
    target_title: null,
    created_at: at,
    author: userBody(actor),
    author_username: actor,
    push_data: {
      commit_count: 1,
      action: before === '' ? 'created' : 'pushed',
      ref_type: folder === 'tags' ? 'tag' : 'branch',
      commit_from: before === '' ? null : before,
      commit_to: after,
      ref: name,
      commit_title: null,
      ref_count: null,
    },
  };
}

function statusBody({ id, sha, ref, name, status, description, target_url }: StatusJob): object {
  return {
    id,
    sha,
    ref,
    status,
    name,
    target_url,
    description,
    created_at: at,
    started_at: null,
    finished_at: null,
    allow_failure: false,
    coverage: null,
    pipeline_id: 1,
    author: userBody('project_15_bot', botId),
  };
}

function notFound(c: Context): Response {
  return c.json({ message: '404 Not Found' }, 404);
}

function trainCarBody({ number, sha }: NonNullable<GitlabState['train']>[number], { pulls, full }: ApiState): object {
  const { id, iid, project_id, title, state, web_url, target_branch } = mergeRequestBody(pulls.get(number)!, full);
  const ref = `refs/merge-requests/${number}/train`;
  return {
    id: number,
    merge_request: { id, iid, project_id, title, state, web_url },
    user: userBody('ada'),
    pipeline: sha === undefined ? null : { id: number, sha, ref, status: 'running', source: 'merge_request_event' },
    target_branch,
    status: sha === undefined ? 'idle' : 'fresh',
    created_at: at,
    updated_at: at,
    merged_at: null,
    duration: null,
  };
}
