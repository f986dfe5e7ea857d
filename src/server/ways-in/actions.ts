import { Hono } from 'hono';
import type { Context } from 'hono';
import * as z from 'zod';
import { actOnJob, actOnPipeline, retryPublication, retryPublications } from '../../coordinator/index.ts';
import type { JobAction, JobPlace, Journey, PipelineAction, Publication } from '../../coordinator/index.ts';
import { publicationOf } from '../rest/rest-images.ts';
import { imageView } from '../rest/views.ts';
import { authorized, readJson } from './authorized.ts';

/** `POST /api/v1/pipelines/<id>/jobs/<action>`: a job by its name, which a manual one has before it has an id. */
export const JobActionRequest = z.strictObject({
  name: z.string().min(1).max(1000),
  variables: z.record(z.string().max(255), z.string().max(10_000)).default({}),
});

/** `POST /api/v1/jobs/<id>/<action>` */
const RunActionRequest = JobActionRequest.omit({ name: true });

/** `POST /api/v1/images/<id>/retry`: with `replace` the image takes its tag whatever that names now. */
const ImageRetryRequest = z.strictObject({ replace: z.boolean().default(false) });

const JOB_ACTIONS: readonly JobAction[] = ['retry', 'play', 'cancel'];
const PIPELINE_ACTIONS: readonly PipelineAction[] = ['retry', 'cancel'];

/** What people do with jobs, pipelines and images that are there already, with the stack's token. */
export function actionRoutes(journey: Journey): Hono {
  const app = new Hono();
  const { pipelines } = journey.context;
  for (const action of JOB_ACTIONS) {
    app.post(`/api/v1/jobs/:id{[0-9]+}/${action}`, (c) => {
      const id = c.req.param('id');
      const run = pipelines.run(id);
      return authorized(c, { journey, stack: stackOf(journey, run?.pipeline), of: `job ${id}` }, async () => {
        const { variables } = RunActionRequest.parse(await readJson(c.req.raw));
        return act(c, journey, { place: run as JobPlace, action, variables });
      });
    });
    app.post(`/api/v1/pipelines/:id{[0-9]+}/jobs/${action}`, (c) => {
      const pipeline = c.req.param('id');
      return authorized(c, { journey, stack: stackOf(journey, pipeline), of: `pipeline ${pipeline}` }, async () => {
        const { name, variables } = JobActionRequest.parse(await readJson(c.req.raw));
        return act(c, journey, { place: { pipeline, name }, action, variables });
      });
    });
  }
  for (const action of PIPELINE_ACTIONS) {
    app.post(`/api/v1/pipelines/:id{[0-9]+}/${action}`, (c) => {
      const pipeline = c.req.param('id');
      return authorized(c, { journey, stack: stackOf(journey, pipeline), of: `pipeline ${pipeline}` }, async () => {
        const { id, status } = actOnPipeline(journey, pipeline, action);
        return c.json({ pipeline: id, status, url: `${journey.context.baseUrl()}/pipelines/${id}` });
      });
    });
  }
  app.post('/api/v1/images/:id{[0-9]+}/retry', (c) => {
    const id = c.req.param('id');
    return authorized(c, { journey, stack: publicationOf(journey, id)?.stack, of: `image ${id}` }, async (stack) => {
      const { replace } = ImageRetryRequest.parse(await readJson(c.req.raw));
      return c.json(imageAnswer(journey, await retryPublication(journey, stack, { id, replace })), 202);
    });
  });
  app.post('/api/v1/stacks/:stack/images/retry', (c) =>
    authorized(c, { journey, stack: c.req.param('stack') }, async (stack) =>
      c.json({ images: retryPublications(journey, stack).map((one) => imageAnswer(journey, one)) }, 202),
    ),
  );
  return app;
}

function imageAnswer({ context }: Journey, publication: Publication) {
  return { ...imageView(publication), status: publication.state, url: `${context.baseUrl()}/images/${publication.id}` };
}

function act(
  c: Context,
  journey: Journey,
  { place, ...asked }: { place: JobPlace; action: JobAction; variables: Readonly<Record<string, string>> },
): Response {
  const { pipeline, name } = place;
  const run = actOnJob(journey, { pipeline, name }, asked);
  const { pipelines } = journey.context;
  const status = pipelines.state(pipeline).jobs[name]?.status;
  return c.json({ pipeline, job: name, id: run?.id, attempt: run?.attempt, status });
}

function stackOf({ context }: Journey, pipeline: string | undefined): string | undefined {
  return pipeline === undefined ? undefined : context.pipelines.record(pipeline)?.stack;
}
