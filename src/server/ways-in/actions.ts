import { Hono } from 'hono';
import type { Context } from 'hono';
import * as z from 'zod';
import { actOnJob, actOnPipeline } from '../../coordinator/index.ts';
import type { JobAction, JobPlace, Journey, PipelineAction } from '../../coordinator/index.ts';
import { authorized, readJson } from './authorized.ts';

/** `POST /api/v1/pipelines/<id>/jobs/<action>`: a job by its name, which a manual one has before it has an id. */
export const JobActionRequest = z.strictObject({
  name: z.string().min(1).max(1000),
  variables: z.record(z.string().max(255), z.string().max(10_000)).default({}),
});

/** `POST /api/v1/jobs/<id>/<action>` */
const RunActionRequest = JobActionRequest.omit({ name: true });

const JOB_ACTIONS: readonly JobAction[] = ['retry', 'play', 'cancel'];
const PIPELINE_ACTIONS: readonly PipelineAction[] = ['retry', 'cancel'];

/** What people do with jobs and pipelines that are there already, with the stack's token. */
export function actionRoutes(journey: Journey): Hono {
  const app = new Hono();
  const { pipelines } = journey.context;
  for (const action of JOB_ACTIONS) {
    app.post(`/api/v1/jobs/:id{[0-9]+}/${action}`, (c) => {
      const run = pipelines.run(c.req.param('id'));
      return authorized(c, { journey, stack: stackOf(journey, run?.pipeline) }, async () => {
        const { variables } = RunActionRequest.parse(await readJson(c.req.raw));
        return act(c, journey, { place: run as JobPlace, action, variables });
      });
    });
    app.post(`/api/v1/pipelines/:id{[0-9]+}/jobs/${action}`, (c) => {
      const pipeline = c.req.param('id');
      return authorized(c, { journey, stack: stackOf(journey, pipeline) }, async () => {
        const { name, variables } = JobActionRequest.parse(await readJson(c.req.raw));
        return act(c, journey, { place: { pipeline, name }, action, variables });
      });
    });
  }
  for (const action of PIPELINE_ACTIONS) {
    app.post(`/api/v1/pipelines/:id{[0-9]+}/${action}`, (c) => {
      const pipeline = c.req.param('id');
      return authorized(c, { journey, stack: stackOf(journey, pipeline) }, async () => {
        const { id, status } = actOnPipeline(journey, pipeline, action);
        return c.json({ pipeline: id, status, url: `${journey.context.baseUrl()}/pipelines/${id}` });
      });
    });
  }
  return app;
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
