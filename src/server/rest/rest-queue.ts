import { Hono } from 'hono';
import { waitKinds, waitingJobs, type Coordinator, type WaitingJob } from '../../coordinator/index.ts';
import { keptFor } from '../../kit/index.ts';
import { isFinal, type JobStatus, type PipelineRecord } from '../../pipeline/index.ts';
import type { Queue, QueuedJob, QueuedPipeline } from '../../protocol/index.ts';
import { mayRead, principalOf, requireStack } from '../access/principal-of.ts';
import { drainView } from './drain-view.ts';
import { choiceOf } from './query-choice.ts';
import { pageOf } from './query-page.ts';

/** The same is answered to everyone for so long: thousands of jobs may wait, and many pages may be open. */
const KEPT_MS = 1000;

/** `GET /api/v1/queue`: what waits for what, of the stacks that the sender may read. */
export function queueRoutes(coordinator: Coordinator): Hono {
  const { context } = coordinator;
  const snapshot = keptFor(KEPT_MS, context.clock, () => {
    return { jobs: waitingJobs(coordinator).map(jobView), pipelines: activePipelines(coordinator) };
  });
  const app = new Hono();
  app.get('/queue', (c) => {
    const { stack } = c.req.query();
    if (stack !== undefined) requireStack(c, context, stack);
    const kind = choiceOf(c, 'kind', waitKinds);
    const reader = principalOf(c);
    const isShown = (one: { readonly stack: string }) =>
      (stack === undefined || one.stack === stack) && mayRead(context, reader, one.stack);
    const { jobs, pipelines } = snapshot();
    const readable = jobs.filter(isShown);
    const matching = kind === undefined ? readable : readable.filter(({ waitsFor }) => waitsFor.kind === kind);
    return c.json({
      jobs: [...pageOf(c, matching, { standard: 500, most: 2000 })],
      total: matching.length,
      kinds: countKinds(readable),
      pipelines: pipelines.filter(isShown),
      drain: drainView(context, reader),
    } satisfies Queue);
  });
  return app;
}

function jobView({ run, record, since, position, wait }: WaitingJob): QueuedJob {
  const { id, name, status, attempt, pipeline } = run;
  const { stack, ref, request: pullRequest } = record;
  return { id, name, status, attempt, stack, pipeline, ref, pullRequest, since, position, waitsFor: { ...wait } };
}

function countKinds(jobs: readonly QueuedJob[]): Queue['kinds'] {
  const counts = new Map<string, number>();
  for (const { waitsFor } of jobs) counts.set(waitsFor.kind, (counts.get(waitsFor.kind) ?? 0) + 1);
  return waitKinds.flatMap((kind) => (counts.has(kind) ? [{ kind, count: counts.get(kind) as number }] : []));
}

/** A pipeline whose jobs all wait for a person is not shown: it may stay so for ever. */
function activePipelines({ context: { pipelines } }: Coordinator): readonly QueuedPipeline[] {
  return pipelines
    .active()
    .map((record) => pipelineView(record, Object.values(pipelines.state(record.id).jobs)))
    .filter(({ running, queued, blocked }) => running + queued + blocked > 0);
}

type Counted = 'running' | 'queued' | 'blocked' | 'manual' | 'ended';

function pipelineView(
  { id, stack, ref, request: pullRequest }: PipelineRecord,
  jobs: readonly { readonly status: JobStatus }[],
): QueuedPipeline {
  const counts: Record<Counted, number> = { running: 0, queued: 0, blocked: 0, manual: 0, ended: 0 };
  for (const { status } of jobs) counts[countedAs(status)] += 1;
  return { id, stack, ref, pullRequest, ...counts };
}

function countedAs(status: JobStatus): Counted {
  if (isFinal(status)) return 'ended';
  if (status === 'running' || status === 'canceling') return 'running';
  if (status === 'created') return 'blocked';
  return status === 'manual' ? 'manual' : 'queued';
}
