import { Hono } from 'hono';
import {
  CommitView,
  viewOf,
  type PipelineChange,
  type PipelineDetail,
  type PipelineList,
  type PipelineWithJobs,
} from '../../protocol/index.ts';
import {
  changeOfPipeline,
  failureOfPipeline,
  rootJobs,
  rootOf,
  timelineOfPipeline,
  type CoordinatorContext,
} from '../../coordinator/index.ts';
import { BoundedMap, Serial, groupBy } from '../../kit/index.ts';
import { isFinal, type PipelineRecord } from '../../pipeline/index.ts';
import { requestedStacks } from '../access/principal-of.ts';
import { newestPage } from './newest-page.ts';
import { found } from './problem-answer.ts';
import { jobPage, partOf } from './job-page.ts';
import { familyOf, pipelineView } from './views.ts';

const KEPT_COMMITS = 500;
const KEPT_CHANGES = 500;

export function pipelineRoutes(context: CoordinatorContext): Hono {
  const { pipelines, stacks, ledger } = context;
  const ended = new BoundedMap<string, PipelineChange>(KEPT_CHANGES);
  const turns = new Serial();
  const commits = new BoundedMap<string, CommitView>(KEPT_COMMITS);

  /** Git is read once for each commit. The page of a pipeline does not need the commit. */
  async function commitOf({ stack, head }: PipelineRecord): Promise<CommitView | undefined> {
    const key = `${stack} ${head}`;
    if (commits.has(key)) return commits.get(key);
    const commit = await stacks
      .get(stack)
      ?.forge.commit(head)
      .catch(() => undefined);
    if (commit === undefined) return undefined;
    const view = viewOf(CommitView, { ...commit, author: commit.author.replace(/\s*<[^>]*>$/, '') });
    commits.set(key, view);
    return view;
  }

  /** Lists ask for many pipelines, and what one did changes no more once it has ended. */
  async function changeWithoutPackages(id: string): Promise<PipelineChange> {
    const root = rootOf(context, id);
    const key = `${root.id} ${root.finishedAt}`;
    const known = ended.get(key);
    if (known !== undefined && isFinal(root.status)) return known;
    const change = await turns.run('change', () => changeOfPipeline(context, root.id));
    const brief = { ...change, packages: [], words: { ...change.words, packages: [] } };
    if (isFinal(root.status)) ended.set(key, brief);
    return brief;
  }

  const recordOf = (id: string) => found(pipelines.record(id), `pipeline ${id}`);

  const withParts = async (record: PipelineRecord) => ({
    ...pipelineView(context, record),
    roots: await rootJobs(context, record.id),
    includes: [...(pipelines.state(record.id).plan.includes ?? [])],
  });

  const app = new Hono();
  app.get('/pipelines', (c) => {
    const filter = { stacks: requestedStacks(c, context), request: c.req.query('request') };
    const { page, next } = newestPage(c, { standard: 30, most: 100 }, (part) => pipelines.list({ ...filter, ...part }));
    return c.json({ pipelines: page.map((record) => pipelineView(context, record)), next } satisfies PipelineList);
  });
  app.get('/pipelines/:id', async (c) => {
    const record = recordOf(c.req.param('id'));
    const family = familyOf(context, record);
    const { jobs, next } = jobPage(context, family, partOf(c));
    const jobsOf = groupBy(jobs, ({ pipeline }) => pipeline);
    const [own, ...children] = await Promise.all(
      family.map(async (one) => ({ ...(await withParts(one)), jobs: [...(jobsOf.get(one.id) ?? [])] })),
    );
    return c.json({
      ...(own as PipelineWithJobs),
      children,
      next,
      title: record.request && ledger.request(record.stack, record.request)?.title,
      commit: await commitOf(record),
      cancelReason: pipelines.state(record.id).cancelReason,
    } satisfies PipelineDetail);
  });
  app.get('/pipelines/:id/jobs', (c) => {
    const family = familyOf(context, recordOf(c.req.param('id')));
    return c.json(jobPage(context, family, partOf(c)));
  });
  app.get('/pipelines/:id/change', async (c) => {
    const { id } = recordOf(c.req.param('id'));
    return c.json(
      c.req.query('packages') === 'none' ? await changeWithoutPackages(id) : await changeOfPipeline(context, id),
    );
  });
  app.get('/pipelines/:id/failure', (c) => {
    const { id } = recordOf(c.req.param('id'));
    return c.json(failureOfPipeline(context, rootOf(context, id).id));
  });
  app.get('/pipelines/:id/timeline', async (c) => {
    const { id } = recordOf(c.req.param('id'));
    return c.json(await timelineOfPipeline(context, id));
  });
  return app;
}
