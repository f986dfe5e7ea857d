import type { Context } from 'hono';
import type { GithubRoute } from './github-api.ts';
import type { StandInApp } from './github-app.ts';
import { examplePayload } from './github-payloads.ts';
import { commentsOn, listed, pageOf, type ApiState, type StandInComment } from './stand-in-api.ts';

/** Id of the account that the token belongs to. */
const ourId = 41;

/** Comments on pull requests: "REST API endpoints for issue comments". */
export function githubCommentRoutes(route: GithubRoute, state: ApiState, app: StandInApp): void {
  const show = (comment: StandInComment) => commentBody(comment, { state, app });
  const of = (c: Context) => commentsOn(state, Number(c.req.param('issue_number')));
  route('GET', '/issues/:issue_number/comments', async (c) => {
    const { items, headers } = pageOf(c, of(c).listed());
    return c.json(items.map(show), 200, headers);
  });
  route('GET', '/issues/comments', async (c) => {
    const since = Date.parse(c.req.query('since') ?? '');
    const found = listed(state).comments.filter((one) => Date.parse(changedAt(one)) >= since);
    const { items, headers } = pageOf(
      c,
      found.toSorted((a, b) => changedAt(a).localeCompare(changedAt(b))),
    );
    return c.json(items.map(show), 200, headers);
  });
  route('GET', '/collaborators/:username/permission', async (c) => {
    const role = state.roles.get(c.req.param('username') ?? '') ?? 'read';
    const nearest: Readonly<Record<string, string>> = { maintain: 'write', triage: 'read' };
    const isCustom = !['admin', 'maintain', 'write', 'triage', 'read', 'none'].includes(role);
    const permission = isCustom ? 'write' : (nearest[role] ?? role);
    return c.json({ permission, role_name: role, user: null });
  });
  route('POST', '/issues/:issue_number/comments', async (c) => {
    const { body } = await c.req.json<{ body: string }>();
    const isTooLong = body.length > 65_536;
    const comment = isTooLong ? undefined : of(c).add(body);
    if (comment !== undefined) {
      comment.isOfApp = isOfApp(c, app);
      return c.json(show(comment), 201);
    }
    return isTooLong ? c.json({ message: 'Body is too long (maximum is 65536 characters)' }, 422) : notFound(c);
  });
  route('PATCH', '/issues/comments/:comment_id', async (c) => {
    const comment = of(c).find(Number(c.req.param('comment_id')));
    if (comment === undefined) return notFound(c);
    if (comment.author !== 'us') return c.json({ message: 'Must have admin rights to Repository.' }, 403);
    comment.body = (await c.req.json<{ body: string }>()).body;
    return c.json(show(comment));
  });
  route('DELETE', '/issues/comments/:comment_id', async (c) => {
    const comment = of(c).find(Number(c.req.param('comment_id')));
    if (comment === undefined) return notFound(c);
    if (comment.author !== 'us') return c.json({ message: 'Must have admin rights to Repository.' }, 403);
    of(c).remove(comment);
    return c.body(null, 204);
  });
}

/** The account of a token; an App has none. */
export function ownAccount(c: Context, app: StandInApp): Response {
  if (isOfApp(c, app)) return c.json({ message: 'Resource not accessible by integration' }, 403);
  return c.json({ login: 'slipway-bot', id: ourId });
}

function isOfApp(c: Context, app: StandInApp): boolean {
  return app.accepts((c.req.header('authorization') ?? '').replace(/^Bearer /, ''));
}

const SOME_TIME_AGO = '2024-05-15T15:30:00Z';

/** GitHub counts whole seconds. */
function wholeSeconds(at: string): string {
  return `${at.slice(0, 19)}Z`;
}

function changedAt({ at = SOME_TIME_AGO, editedAt = at }: StandInComment): string {
  return wholeSeconds(editedAt);
}

function commentBody(comment: StandInComment, { state: { full }, app }: { state: ApiState; app: StandInApp }): object {
  const { id, request, author, body, at = SOME_TIME_AGO, isOfApp: isOurApps = false } = comment;
  const { owner } = examplePayload('push', full).repository as { owner: object };
  const [login, user] = author === 'us' ? ['slipway-bot', ourId] : [author, 7];
  return {
    id,
    node_id: 'IC_kw',
    url: `https://api.github.com/repos/${full}/issues/comments/${id}`,
    html_url: `https://github.com/${full}/pull/${request}#issuecomment-${id}`,
    issue_url: `https://api.github.com/repos/${full}/issues/${request}`,
    body,
    user: { gists_url: '', starred_url: '', ...owner, login, id: user, type: isOurApps ? 'Bot' : 'User' },
    created_at: wholeSeconds(at),
    updated_at: changedAt(comment),
    author_association: author === 'us' ? 'MEMBER' : 'NONE',
    performed_via_github_app: isOurApps ? appBody(app, owner) : null,
  };
}

function appBody({ id, slug }: StandInApp, owner: object): object {
  const at = '2024-05-15T15:30:00Z';
  return {
    id,
    slug,
    node_id: 'A_kw',
    client_id: 'Iv23lab',
    owner: { gists_url: '', starred_url: '', ...owner },
    name: slug,
    description: null,
    external_url: 'https://ci.example.org',
    html_url: `https://github.com/apps/${slug}`,
    created_at: at,
    updated_at: at,
    permissions: {},
    events: [],
  };
}

function notFound(c: Context): Response {
  return c.json({ message: 'Not Found', documentation_url: 'https://docs.github.com/rest' }, 404);
}
