import { Hono } from 'hono';
import { holds, type Principal } from '../../access/index.ts';
import { waitingJobs, type Coordinator, type WaitingJob } from '../../coordinator/index.ts';
import { keptFor } from '../../kit/index.ts';
import type { NotificationLedger } from '../../notify/index.ts';
import type { AttentionItem, AttentionList, DrainView, StackView, StatusView } from '../../protocol/index.ts';
import { mayRead, principalOf } from '../access/principal-of.ts';
import { destinationViews } from '../notifications/destination-views.ts';
import { drainView } from './drain-view.ts';
import { runnerState } from './rest-runners.ts';
import { stackView } from './views.ts';

/** Items that are listed at most. */
const MOST = 100;
/** The same waiting jobs are answered to everyone for so long. */
const KEPT_MS = 1000;

/** `GET /api/v1/attention`: what waits for a person, of the stacks that the sender may read. */
export function attentionRoutes(coordinator: Coordinator, notifications: NotificationLedger): Hono {
  const { context } = coordinator;
  const stuck = keptFor(KEPT_MS, context.clock, () =>
    waitingJobs(coordinator).filter(({ wait }) => wait.kind === 'runner'),
  );
  const app = new Hono();
  app.get('/api/v1/attention', (c) => {
    const reader = principalOf(c);
    const stacks = [...context.stacks.values()].filter(({ configuration }) =>
      mayRead(context, reader, configuration.name),
    );
    const views = stacks.map((stack) => stackView(context, stack));
    const items = [
      ...drainItems(drainView(context, reader)),
      ...(views.length === 0 ? [] : missingRunner(coordinator)),
      ...views.flatMap(stackItems),
      ...jobItems(stuck().filter(({ record }) => mayRead(context, reader, record.stack))),
      ...views.flatMap((view) => requestItems(view, reader)),
      ...views.flatMap(branchItems),
      ...views.flatMap(imageItems),
      ...destinationItems(coordinator, { notifications, reader }),
    ];
    return c.json({ items: items.slice(0, MOST) } satisfies AttentionList);
  });
  return app;
}

function drainItems(drain: DrainView | undefined): readonly AttentionItem[] {
  if (drain === undefined) return [];
  const { jobs, since: at } = drain;
  const detail = `It assigns no more jobs, and stops when ${jobs === 1 ? 'one job has' : `${jobs} jobs have`} ended.`;
  return [{ kind: 'runner', title: 'The server is draining', detail, page: 'runners', at }];
}

function missingRunner({ context }: Coordinator): readonly AttentionItem[] {
  const states = context.runners.all().map((known) => runnerState(context, known));
  if (states.some(({ state }) => state === 'online' || state === 'waiting')) return [];
  const reasons = states.flatMap(({ reason }) => (reason === undefined ? [] : [reason]));
  const detail = states.length === 0 ? 'The server has no runner' : [...new Set(reasons)].join('. ');
  return [{ kind: 'runner', title: 'No runner takes jobs', detail, page: 'runners' }];
}

function stackItems({ name, problem }: StackView): readonly AttentionItem[] {
  if (problem === undefined) return [];
  const detail = [problem.message, problem.hint].filter((text) => text !== undefined).join(' ');
  return [{ kind: 'stack', stack: name, title: `${name} has a problem`, detail, page: stackPage(name) }];
}

/** One for each reason, with the job that waits longest. */
function jobItems(jobs: readonly WaitingJob[]): readonly AttentionItem[] {
  const byReason = new Map<string, { readonly first: WaitingJob; readonly count: number }>();
  for (const job of jobs) {
    const key = `${job.record.stack} ${job.wait.text}`;
    const { first, count } = byReason.get(key) ?? { first: job, count: 0 };
    byReason.set(key, { first: (job.since ?? '') < (first.since ?? '') ? job : first, count: count + 1 });
  }
  return [...byReason.values()].map(({ first: { run, record, wait, since }, count }): AttentionItem => {
    const title = count === 1 ? `No runner can take ${run.name}` : `No runner can take ${count} jobs`;
    return { kind: 'job', stack: record.stack, title, detail: wait.text, page: `jobs/${run.id}`, at: since };
  });
}

function requestItems({ name, requests }: StackView, reader: Principal): readonly AttentionItem[] {
  if (!holds(reader, 'approve', name)) return [];
  return requests
    .filter(({ state, status }) => state === 'open' && status?.outcome === 'held')
    .map(({ number, label, title, status }) => ({
      kind: 'request',
      stack: name,
      title: `${label} ${title}`,
      detail: status && textOf(status),
      page: `${stackPage(name)}/requests/${encodeURIComponent(number)}`,
      at: status?.at,
    }));
}

function branchItems({ name: stack, branches }: StackView): readonly AttentionItem[] {
  return branches.flatMap(({ name, sha, pipeline, status }): readonly AttentionItem[] => {
    const isRefused = status?.state === 'error' && pipeline?.head !== sha;
    if (!isRefused && pipeline?.status !== 'failed') return [];
    const title = isRefused ? `No pipeline could be created for ${name}` : `${name} failed`;
    const page = isRefused || pipeline === undefined ? stackPage(stack) : `pipelines/${pipeline.id}`;
    const at = isRefused ? status.at : pipeline?.finishedAt;
    return [{ kind: 'branch', stack, title, detail: status && textOf(status), page, at }];
  });
}

function imageItems({ name: stack, images }: StackView): readonly AttentionItem[] {
  return images
    .filter(({ state, retryAt }) => state === 'failed' || retryAt !== undefined)
    .map(({ id, repository, tag, message, finishedAt, createdAt }) => ({
      kind: 'image',
      stack,
      title: `${repository}:${tag} is not published`,
      detail: message,
      page: `images/${id}`,
      at: finishedAt ?? createdAt,
    }));
}

/** The destinations of those stacks that the reader may run pipelines of. */
function destinationItems(
  { context: { configuration, clock } }: Coordinator,
  { notifications, reader }: { notifications: NotificationLedger; reader: Principal },
): readonly AttentionItem[] {
  return destinationViews(configuration, notifications, clock)
    .filter(({ stack, failsForLong }) => failsForLong && holds(reader, 'run', stack))
    .map(({ name, stack, waiting, problem, failingSince }) => ({
      kind: 'destination',
      stack,
      title: `Notifications to ${name} fail`,
      detail: `${waiting === 1 ? 'One event is' : `${waiting} events are`} waiting. ${problem ?? ''}`.trim(),
      at: failingSince,
    }));
}

function stackPage(name: string): string {
  return `stacks/${encodeURIComponent(name)}`;
}

function textOf({ detail, description }: StatusView): string {
  return detail ?? description;
}
