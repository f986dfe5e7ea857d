import { readFile } from 'node:fs/promises';
import { Hono } from 'hono';
import {
  archiveOf,
  baseLocks,
  failureOfRun,
  lockCandidates,
  rootOf,
  type CoordinatorContext,
} from '../../coordinator/index.ts';
import type { JobRun, PipelineRecord } from '../../pipeline/index.ts';
import { AttemptView, viewOf, type JobDetail, type JobList, type TestedLocks } from '../../protocol/index.ts';
import { serverError } from '../errors.ts';
import { requestedStacks } from '../access/principal-of.ts';
import { newestPage } from './newest-page.ts';
import { found } from './problem-answer.ts';
import { choiceOf } from './query-choice.ts';
import { jobView, pipelineView } from './views.ts';

export function jobRoutes(context: CoordinatorContext): Hono {
  const { pipelines } = context;
  const app = new Hono();
  app.get('/jobs', (c) => {
    const name = c.req.query('name');
    if (name === undefined || name === '') throw serverError('SERVER_QUERY_INVALID', { name: 'name', value: '' });
    const stacks = requestedStacks(c, context);
    const { page, next } = newestPage(c, { standard: 30, most: 100 }, (part) =>
      pipelines.runsNamed(name, { ...part, stacks }),
    );
    return c.json({ jobs: page.map((run) => jobView(context, run)), next } satisfies JobList);
  });
  app.get('/jobs/:id', (c) => {
    const id = c.req.param('id');
    return c.json(jobDetail(context, found(pipelines.run(id), `job ${id}`)));
  });
  app.get('/jobs/:id/tested-locks', async (c) => {
    const id = c.req.param('id');
    const of = choiceOf(c, 'of', ['tree', 'base']) ?? 'tree';
    const locksOf = of === 'tree' ? lockCandidates : baseLocks;
    const tested = locksOf(context, found(pipelines.run(id), `job ${id}`));
    const { record, locks, standing } = found(tested, `lock for the ${of} of job ${id}`);
    const read = locks.map(async ({ path, digest, inputs }) => {
      return { path, digest, inputs, lock: await readFile(context.folder.lock(digest), 'utf8') };
    });
    const { id: pipeline, ref, request: pullRequest } = record;
    return c.json({ pipeline, ref, pullRequest, standing, locks: await Promise.all(read) } satisfies TestedLocks);
  });
  return app;
}

function jobDetail(context: CoordinatorContext, run: JobRun): JobDetail {
  const { pipelines } = context;
  const attempts = run.job === undefined ? [run] : pipelines.runsOfJobs(run.pipeline, [run.job]);
  const tests = pipelines.tests(run.id);
  return {
    job: jobView(context, run),
    attempts: attempts.map((one) => viewOf(AttemptView, one)).toSorted((a, b) => a.attempt - b.attempt),
    pipeline: pipelineView(context, pipelines.record(run.pipeline) as PipelineRecord),
    root: pipelineView(context, rootOf(context, run.pipeline)),
    tests: tests && { ...tests, failures: [...tests.failures] },
    failure: failureOfRun(context, run),
    artifactBytes: archiveOf(context, run.id)?.size,
  };
}
