import type { Context } from 'hono';
import type { GithubRoute } from './github-api.ts';
import type { StandInApp } from './github-app.ts';
import { examplePayload } from './github-payloads.ts';
import { pageOf, type ApiState, type StandInStatus } from './stand-in-api.ts';

export interface StandInAnnotation {
  readonly path: string;
  readonly start_line: number;
  readonly end_line: number;
  readonly annotation_level: string;
  readonly message: string;
  readonly title?: string;
}

interface CheckRunRequest {
  readonly name?: string;
  readonly head_sha?: string;
  readonly external_id?: string;
  readonly details_url?: string;
  readonly status?: string;
  readonly conclusion?: string;
  readonly output?: {
    readonly title?: string;
    readonly summary: string;
    readonly annotations?: readonly StandInAnnotation[];
  };
  readonly actions?: readonly { readonly identifier: string; readonly label: string }[];
}

/** A check run, with all its annotations. */
export interface StandInCheckRun {
  readonly id: number;
  readonly app: number;
  readonly sha: string;
  readonly name: string;
  readonly annotations: StandInAnnotation[];
  external_id: string;
  details_url: string | null;
  status: string;
  conclusion: string | null;
  title: string;
  summary: string;
  actions: readonly string[];
  /** `status` or `conclusion`, and title, each time that they changed. */
  readonly history: string[];
}

const MOST_ANNOTATIONS = 50;

/** The check runs of GitHub's REST API. */
export function githubCheckRoutes(route: GithubRoute, state: ApiState, { id: app }: Pick<StandInApp, 'id'>): void {
  const find = (c: Context) => state.checkRuns.find(({ id }) => id === Number(c.req.param('check_run_id')));
  route('POST', '/check-runs', async (c) => {
    const request = await c.req.json<CheckRunRequest>();
    const { name = '', head_sha: sha = '' } = request;
    if (!(await state.hasCommit(sha))) return refused(c, `No commit found for SHA: ${sha}`);
    const id = 1000 + state.checkRuns.length;
    const empty = { external_id: '', details_url: null, conclusion: null, title: '', summary: '', actions: [] };
    const run = { ...empty, id, app, sha, name, status: 'queued', annotations: [], history: [] };
    const refusal = change(run, request);
    if (refusal !== undefined) return refused(c, refusal);
    state.checkRuns.push(run);
    return c.json(runBody(run, state), 201);
  });
  route('PATCH', '/check-runs/:check_run_id', async (c) => {
    const run = find(c);
    if (run === undefined) return c.json({ message: 'Not Found' }, 404);
    const refusal = change(run, await c.req.json<CheckRunRequest>());
    return refusal === undefined ? c.json(runBody(run, state)) : refused(c, refusal);
  });
  route('GET', '/check-runs/:check_run_id/annotations', async (c) => {
    const { items, headers } = pageOf(c, find(c)?.annotations ?? []);
    return c.json(items.map(annotationBody), 200, headers);
  });
  route('GET', '/commits/:ref/check-runs', async (c) => {
    const { check_name: name, filter = 'latest' } = c.req.query();
    const sha = c.req.param('ref') ?? '';
    if (!(await state.hasCommit(sha))) return refused(c, `No commit found for SHA: ${sha}`);
    const all = state.checkRuns
      .filter((run) => run.sha === sha && (name === undefined || run.name === name))
      .toReversed();
    const shown = filter === 'all' ? all : all.filter((run) => all.find(({ name: same }) => same === run.name) === run);
    const { items, headers } = pageOf(c, shown);
    return c.json({ total_count: shown.length, check_runs: items.map((run) => runBody(run, state)) }, 200, headers);
  });
}

/** Returns why GitHub refuses the request. A check run that is completed stays so. */
function change(run: StandInCheckRun, request: CheckRunRequest): string | undefined {
  const { status, conclusion, output, actions, external_id, details_url } = request;
  const { annotations = [], title, summary } = output ?? {};
  if (annotations.length > MOST_ANNOTATIONS) return 'Only 50 annotations can be processed per request';
  if (annotations.some(({ path, start_line: line }) => path === '' || line < 1)) return 'Invalid annotation';
  if (run.conclusion !== null && status !== undefined && status !== 'completed') return 'This check run is completed';
  const isOver = status === 'completed' || run.conclusion !== null;
  if (isOver && conclusion === undefined && run.conclusion === null) return 'A conclusion is missing';
  Object.assign(run, {
    status: isOver ? 'completed' : (status ?? run.status),
    conclusion: conclusion ?? run.conclusion,
    title: title ?? run.title,
    summary: summary ?? run.summary,
    external_id: external_id ?? run.external_id,
    details_url: details_url ?? run.details_url,
    actions: actions?.map(({ identifier }) => identifier) ?? run.actions,
  });
  run.annotations.push(...annotations);
  const said = `${run.conclusion ?? run.status}: ${run.title}`;
  if (run.history.at(-1) !== said) run.history.push(said);
  return undefined;
}

const STATES: Readonly<Record<string, string>> = {
  in_progress: 'pending',
  action_required: 'pending',
  cancelled: 'error',
  skipped: 'success',
};

/** What a check run said one after the other, in the words of statuses. */
export function saidBy({ sha, name, details_url, history }: StandInCheckRun): readonly StandInStatus[] {
  return history.map((said) => {
    const [, phase = '', description = ''] = /^(\w+): ([^]*)$/.exec(said) ?? [];
    return { sha, context: name, state: STATES[phase] ?? phase, description, target_url: details_url };
  });
}

function refused(c: Context, message: string): Response {
  return c.json({ message, documentation_url: 'https://docs.github.com/rest/checks/runs' }, 422);
}

/** A check run as GitHub shows it in answers and deliveries: the example's, with what differs put in. */
export function runBody(run: StandInCheckRun, { full }: Pick<ApiState, 'full'>): object {
  const example = examplePayload('check_run', full, ({ action }) => action === 'created').check_run as {
    output: object;
    app: object;
    check_suite: object;
  };
  const { id, sha, name, app, external_id, status, conclusion, title, summary, details_url, annotations } = run;
  const url = `https://api.github.com/repos/${full}/check-runs/${id}`;
  const output = { title, summary, text: null, annotations_count: annotations.length };
  return {
    ...example,
    id,
    name,
    external_id,
    status,
    conclusion,
    url,
    details_url,
    head_sha: sha,
    pull_requests: [],
    html_url: `https://github.com/${full}/runs/${id}`,
    completed_at: conclusion === null ? null : '2024-05-15T15:31:00Z',
    output: { ...output, annotations_url: `${url}/annotations` },
    app: { ...example.app, id: app },
    check_suite: { ...example.check_suite, head_sha: sha },
  };
}

function annotationBody({ title = '', ...annotation }: StandInAnnotation): object {
  const columns = { start_column: null, end_column: null };
  return { ...annotation, ...columns, title, raw_details: null, blob_href: 'https://github.com/blob' };
}

interface CheckClick {
  readonly run: StandInCheckRun;
  /** A button of ours; "Re-run" of GitHub otherwise. */
  readonly button?: string;
  readonly sender: string;
}

/** The payload by which GitHub reports that a person clicked on a check. */
export function clickPayload(full: string, { run, button, sender }: CheckClick): object {
  const example = examplePayload('check_run', full, ({ action }) => action === 'created');
  const clicked = button === undefined ? {} : { requested_action: { identifier: button } };
  const action = button === undefined ? 'rerequested' : 'requested_action';
  const account = { ...(example.sender as object), login: sender };
  return { ...example, ...clicked, action, check_run: runBody(run, { full }), sender: account };
}

/** The payload by which GitHub reports that a person had all checks of a commit run again. */
export function rerunPayload(full: string, { sha, sender }: { sha: string; sender: string }): object {
  const example = examplePayload('check_suite', full, ({ action }) => action === 'rerequested');
  const { check_suite: suite, sender: account } = example as Record<string, object>;
  return { ...example, check_suite: { ...suite, head_sha: sha }, sender: { ...account, login: sender } };
}
