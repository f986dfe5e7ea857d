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
import { ImageView, viewOf } from '../../protocol/index.ts';
import { publicationOf } from '../rest/rest-images.ts';
import { noteRequest } from '../audit-requests.ts';
import { authorized, readJson } from './authorized.ts';

/** `POST /api/v1/pipelines/<id>/jobs/<action>`: a job by its name, since a manual job has no id before it runs. */
const JobActionRequest = z.strictObject({
  name: z.string().min(1).max(1000),
  variables: z.record(z.string().max(255), z.string().max(10_000)).default({}),
});

/** `POST /api/v1/jobs/<id>/<action>` */
const RunActionRequest = JobActionRequest.omit({ name: true });

/** `POST /api/v1/images/<id>/retry`: with `replace` the image overwrites its tag. */
const ImageRetryRequest = z.strictObject({ replace: z.boolean().default(false) });

type JobReference = Parameters<typeof actOnJob>[1];

const JOB_ACTIONS: readonly JobAction[] = ['retry', 'play', 'cancel'];
const PIPELINE_ACTIONS: readonly PipelineAction[] = ['retry', 'cancel'];

/** Actions of people on jobs, pipelines and images that exist, with the stack's token. */
export function actionRoutes(coordinator: Coordinator): Hono {
  const app = new Hono();
  const { context } = coordinator;
  const { pipelines } = context;
  const stackOf = (pipeline = '') => pipelines.record(pipeline)?.stack;
  const onPipeline = (c: Context, work: (pipeline: string) => Promise<Response> | Response) => {
    const id = c.req.param('id') ?? '';
    return authorized(c, { coordinator, stack: stackOf(id), subject: `pipeline ${id}` }, () => work(id));
  };
  const act = (c: Context, job: JobReference, options: Parameters<typeof actOnJob>[2]) => {
    noteRequest(c, { on: `job \`${job.name}\` of pipeline ${job.pipeline}`, details: namesOf(options.variables) });
    const run = actOnJob(coordinator, job, options);
    const status = pipelines.state(job.pipeline).jobs[job.name]?.status;
    return c.json({ pipeline: job.pipeline, job: job.name, id: run?.id, attempt: run?.attempt, status });
  };
  for (const action of JOB_ACTIONS) {
    app.post(`/api/v1/jobs/:id{[0-9]+}/${action}`, (c) => {
      const id = c.req.param('id');
      const run = pipelines.run(id);
      return authorized(c, { coordinator, stack: stackOf(run?.pipeline), subject: `job ${id}` }, async () => {
        const { variables } = RunActionRequest.parse(await readJson(c.req.raw));
        return act(c, run as JobReference, { action, variables });
      });
    });
    app.post(`/api/v1/pipelines/:id{[0-9]+}/jobs/${action}`, (c) =>
      onPipeline(c, async (pipeline) => {
        const { name, variables } = JobActionRequest.parse(await readJson(c.req.raw));
        return act(c, { pipeline, name }, { action, variables });
      }),
    );
  }
  for (const action of PIPELINE_ACTIONS) {
    app.post(`/api/v1/pipelines/:id{[0-9]+}/${action}`, (c) =>
      onPipeline(c, (pipeline) => {
        const { id, status } = actOnPipeline(coordinator, pipeline, action);
        return c.json({ pipeline: id, status, url: `${context.baseUrl()}/pipelines/${id}` });
      }),
    );
  }
  const imageAnswer = (publication: Publication) => ({
    ...viewOf(ImageView, publication),
    status: publication.state,
    url: `${context.baseUrl()}/images/${publication.id}`,
  });
  app.post('/api/v1/images/:id{[0-9]+}/retry', (c) => {
    const id = c.req.param('id');
    const stack = publicationOf(context, id)?.stack;
    return authorized(c, { coordinator, stack, subject: `image ${id}` }, async (opened) => {
      const { replace } = ImageRetryRequest.parse(await readJson(c.req.raw));
      noteRequest(c, { details: { replace } });
      return c.json(imageAnswer(await retryPublication(coordinator, opened, { id, replace })), 202);
    });
  });
  app.post('/api/v1/stacks/:stack/images/retry', (c) =>
    authorized(c, { coordinator, stack: c.req.param('stack') }, (stack) =>
      c.json({ images: retryPublications(coordinator, stack).map(imageAnswer) }, 202),
    ),
  );
  return app;
}

/** Values of variables may be secret, and are not recorded. */
export function namesOf(variables: Readonly<Record<string, string>> = {}): Record<string, string> {
  const names = Object.keys(variables);
  return names.length === 0 ? {} : { variables: names.join(' ') };
}
