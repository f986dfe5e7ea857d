import { readFile } from 'node:fs/promises';
import { Hono } from 'hono';
import { lockCandidates, rootOf, type Coordinator, type LockCandidates } from '../../coordinator/index.ts';
import type { JobRun, PipelineRecord } from '../../pipeline/index.ts';
import { AttemptView, viewOf, type JobDetail, type JobList, type TestedLocks } from '../../protocol/index.ts';
import { serverError } from '../errors.ts';
import { requireStack } from '../unknown-stack.ts';
import { found } from './problem-answer.ts';
import { jobView, pipelineView } from './views.ts';

/** How many of the newest pipelines are searched for a job's name. */
const SEARCHED = 50;

export function jobRoutes(coordinator: Coordinator): Hono {
  const { pipelines } = coordinator.context;
  const app = new Hono();
  app.get('/jobs', (c) => {
    const { name, stack } = c.req.query();
    if (name === undefined || name === '') throw serverError('SERVER_QUERY_INVALID', { name: 'name', value: '' });
    requireStack(coordinator, stack);
    const families = pipelines.list({ stack, limit: SEARCHED }).flatMap(({ id }) => familyOf(coordinator, id));
    const runs = families.flatMap((id) => pipelines.runs(id)).filter((run) => isNamed(run.name, name));
    const newestFirst = runs.toSorted((a, b) => Number(b.id) - Number(a.id));
    return c.json({ jobs: newestFirst.map((run) => jobView(coordinator, run)) } satisfies JobList);
  });
  app.get('/jobs/:id', (c) => {
    const id = c.req.param('id');
    return c.json(jobDetail(coordinator, found(pipelines.run(id), `job ${id}`)));
  });
  app.get('/jobs/:id/tested-locks', async (c) => {
    const id = c.req.param('id');
    const tested = lockCandidates(coordinator.context, found(pipelines.run(id), `job ${id}`));
    return c.json(await locksView(coordinator, found(tested, `lock for the tree of job ${id}`)));
  });
  return app;
}

async function locksView({ context }: Coordinator, { record, locks, standing }: LockCandidates): Promise<TestedLocks> {
  const read = locks.map(async ({ path, digest, inputs }) => {
    return { path, digest, inputs, lock: await readFile(context.folder.lock(digest), 'utf8') };
  });
  const { id, ref, request } = record;
  return { pipeline: id, ref, pullRequest: request, standing, locks: await Promise.all(read) };
}

function jobDetail(coordinator: Coordinator, run: JobRun): JobDetail {
  const { pipelines } = coordinator.context;
  const attempts = pipelines.runs(run.pipeline).filter(({ name }) => name === run.name);
  return {
    job: jobView(coordinator, run),
    attempts: attempts.map((one) => viewOf(AttemptView, one)).toSorted((a, b) => a.attempt - b.attempt),
    pipeline: pipelineView(pipelines.record(run.pipeline) as PipelineRecord),
    root: pipelineView(rootOf(coordinator.context, run.pipeline)),
    tests: testsOf(coordinator, run.id),
  };
}

function testsOf({ context }: Coordinator, run: string): JobDetail['tests'] {
  const tests = context.pipelines.tests(run);
  return tests === undefined ? undefined : { ...tests, failures: [...tests.failures] };
}

function familyOf(coordinator: Coordinator, id: string): readonly string[] {
  return [id, ...coordinator.context.pipelines.children(id).flatMap((child) => familyOf(coordinator, child.id))];
}

/** Jobs of packages are called `name@version /hash`; people say the name. */
function isNamed(name: string, wanted: string): boolean {
  return name === wanted || name.startsWith(`${wanted}@`) || name.startsWith(`${wanted} `);
}
