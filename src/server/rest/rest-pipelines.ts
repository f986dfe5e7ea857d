import { Hono } from 'hono';
import { CommitView, viewOf, type PipelineDetail, type PipelineList } from '../../protocol/index.ts';
import type { Coordinator } from '../../coordinator/index.ts';
import type { PipelineRecord } from '../../pipeline/index.ts';
import { requireStack } from '../unknown-stack.ts';
import { found } from './problem-answer.ts';
import { countOf } from './query-count.ts';
import { jobViews, pipelineView } from './views.ts';

/** How many pipelines are looked through for one page. */
const LOOK_BACK = 10_000;

export function pipelineRoutes(coordinator: Coordinator): Hono {
  const { pipelines } = coordinator.context;
  const app = new Hono();
  app.get('/pipelines', (c) => {
    const { stack, request, before } = c.req.query();
    requireStack(coordinator, stack);
    const limit = countOf(c, 'limit', { standard: 30, most: 100 });
    const older = pipelines
      .list({ stack, request, limit: LOOK_BACK })
      .filter(({ id }) => before === undefined || Number(id) < Number(before));
    const page = older.slice(0, limit);
    return c.json({
      pipelines: page.map(pipelineView),
      next: page.length < older.length ? page.at(-1)?.id : undefined,
    } satisfies PipelineList);
  });
  app.get('/pipelines/:id', async (c) => {
    const id = c.req.param('id');
    return c.json(await pipelineDetail(coordinator, found(pipelines.record(id), `pipeline ${id}`)));
  });
  return app;
}

async function pipelineDetail(coordinator: Coordinator, record: PipelineRecord): Promise<PipelineDetail> {
  const { context } = coordinator;
  const request = record.request === undefined ? undefined : context.ledger.request(record.stack, record.request);
  return {
    ...pipelineView(record),
    jobs: [...jobViews(coordinator, record.id)],
    children: descendants(coordinator, record.id).map((child) => ({
      ...pipelineView(child),
      jobs: [...jobViews(coordinator, child.id)],
    })),
    title: request?.title,
    commit: await commitView(coordinator, record),
    cancelReason: context.pipelines.state(record.id).cancelReason,
  };
}

function descendants(coordinator: Coordinator, id: string): readonly PipelineRecord[] {
  return coordinator.context.pipelines.children(id).flatMap((child) => [child, ...descendants(coordinator, child.id)]);
}

const KEPT = 500;
const commits = new WeakMap<Coordinator, Map<string, CommitView>>();

/** What the head says of itself; git is asked once for each. A commit that is gone is no reason to show nothing. */
async function commitView(coordinator: Coordinator, { stack, head }: PipelineRecord): Promise<CommitView | undefined> {
  const known = commits.get(coordinator) ?? new Map<string, CommitView>();
  commits.set(coordinator, known);
  const kept = known.get(`${stack} ${head}`);
  if (kept !== undefined) return kept;
  const commit = await coordinator.context.stacks
    .get(stack)
    ?.forge.commit(head)
    .catch(() => undefined);
  if (commit === undefined) return undefined;
  const view = viewOf(CommitView, { ...commit, author: commit.author.replace(/\s*<[^>]*>$/, '') });
  const [oldest] = known.keys();
  if (known.size >= KEPT && oldest !== undefined) known.delete(oldest);
  known.set(`${stack} ${head}`, view);
  return view;
}
