import { Hono, type Context } from 'hono';
import * as z from 'zod';
import {
  actOnJob,
  actOnPipeline,
  retryPublication,
  retryPublications,
  type JobAction,
  type Coordinator,
  type PipelineAction,
  type Publication,
} from '../../coordinator/index.ts';
import type { JobRun } from '../../pipeline/index.ts';
import { publicationOf } from '../rest/rest-images.ts';
import { imageView } from '../rest/views.ts';
import { authorized, readJson } from './authorized.ts';

/** `POST /api/v1/pipelines/<id>/jobs/<action>`: a job by its name, which a manual one has before it has an id. */
const JobActionRequest = z.strictObject({
  name: z.string().min(1).max(1000),
  variables: z.record(z.string().max(255), z.string().max(10_000)).default({}),
});

/** `POST /api/v1/jobs/<id>/<action>` */
const RunActionRequest = JobActionRequest.omit({ name: true });

/** `POST /api/v1/images/<id>/retry`: with `replace` the image takes its tag whatever that names now. */
const ImageRetryRequest = z.strictObject({ replace: z.boolean().default(false) });

const JOB_ACTIONS: readonly JobAction[] = ['retry', 'play', 'cancel'];
const PIPELINE_ACTIONS: readonly PipelineAction[] = ['retry', 'cancel'];

type NamedJob = Pick<JobRun, 'pipeline' | 'name'>;

/** What people do with jobs, pipelines and images that are there already, with the stack's token. */
export function actionRoutes(coordinator: Coordinator): Hono {
  const app = new Hono();
  const { pipelines } = coordinator.context;
  for (const action of JOB_ACTIONS) {
    app.post(`/api/v1/jobs/:id{[0-9]+}/${action}`, (c) => {
      const id = c.req.param('id');
      const run = pipelines.run(id);
      return authorized(c, { coordinator, stack: stackOf(coordinator, run?.pipeline), of: `job ${id}` }, async () => {
        const { variables } = RunActionRequest.parse(await readJson(c.req.raw));
        return act(c, coordinator, { job: run as JobRun, action, variables });
      });
    });
    app.post(`/api/v1/pipelines/:id{[0-9]+}/jobs/${action}`, (c) => {
      const pipeline = c.req.param('id');
      return authorized(
        c,
        { coordinator, stack: stackOf(coordinator, pipeline), of: `pipeline ${pipeline}` },
        async () => {
          const { name, variables } = JobActionRequest.parse(await readJson(c.req.raw));
          return act(c, coordinator, { job: { pipeline, name }, action, variables });
        },
      );
    });
  }
  for (const action of PIPELINE_ACTIONS) {
    app.post(`/api/v1/pipelines/:id{[0-9]+}/${action}`, (c) => {
      const pipeline = c.req.param('id');
      return authorized(
        c,
        { coordinator, stack: stackOf(coordinator, pipeline), of: `pipeline ${pipeline}` },
        async () => {
          const { id, status } = actOnPipeline(coordinator, pipeline, action);
          return c.json({ pipeline: id, status, url: `${coordinator.context.baseUrl()}/pipelines/${id}` });
        },
      );
    });
  }
  app.post('/api/v1/images/:id{[0-9]+}/retry', (c) => {
    const id = c.req.param('id');
    return authorized(
      c,
      { coordinator, stack: publicationOf(coordinator, id)?.stack, of: `image ${id}` },
      async (stack) => {
        const { replace } = ImageRetryRequest.parse(await readJson(c.req.raw));
        return c.json(imageAnswer(coordinator, await retryPublication(coordinator, stack, { id, replace })), 202);
      },
    );
  });
  app.post('/api/v1/stacks/:stack/images/retry', (c) =>
    authorized(c, { coordinator, stack: c.req.param('stack') }, async (stack) =>
      c.json({ images: retryPublications(coordinator, stack).map((one) => imageAnswer(coordinator, one)) }, 202),
    ),
  );
  return app;
}

function imageAnswer({ context }: Coordinator, publication: Publication) {
  return { ...imageView(publication), status: publication.state, url: `${context.baseUrl()}/images/${publication.id}` };
}

function act(
  c: Context,
  coordinator: Coordinator,
  { job, ...request }: { job: NamedJob; action: JobAction; variables: Readonly<Record<string, string>> },
): Response {
  const { pipeline, name } = job;
  const run = actOnJob(coordinator, job, request);
  const { pipelines } = coordinator.context;
  const status = pipelines.state(pipeline).jobs[name]?.status;
  return c.json({ pipeline, job: name, id: run?.id, attempt: run?.attempt, status });
}

function stackOf({ context }: Coordinator, pipeline: string | undefined): string | undefined {
  return pipeline === undefined ? undefined : context.pipelines.record(pipeline)?.stack;
}
