import { Hono, type Context } from 'hono';
import {
  actOnJob,
  actOnPipeline,
  type JobAction,
  type Coordinator,
  type PipelineAction,
} from '../../coordinator/index.ts';
import {
  JobActionRequest,
  NamedJobActionRequest,
  type JobActionResult,
  type PipelineActionResult,
} from '../../protocol/index.ts';
import { noteRequest } from '../audit-requests.ts';
import { answering, readJson } from './request-body.ts';

type JobReference = Parameters<typeof actOnJob>[1];

const JOB_ACTIONS: readonly JobAction[] = ['retry', 'play', 'cancel'];
const PIPELINE_ACTIONS: readonly PipelineAction[] = ['retry', 'cancel'];

/** Actions of people on jobs and pipelines that exist. */
export function actionRoutes(coordinator: Coordinator): Hono {
  const app = new Hono();
  const { context } = coordinator;
  const { pipelines } = context;
  const act = (c: Context, job: JobReference, options: Parameters<typeof actOnJob>[2]) => {
    noteRequest(c, { on: `job \`${job.name}\` of pipeline ${job.pipeline}`, details: namesOf(options.variables) });
    const run = actOnJob(coordinator, job, options);
    const status = pipelines.state(job.pipeline).jobs[job.name]?.status;
    return c.json({
      pipeline: job.pipeline,
      job: job.name,
      id: run?.id,
      attempt: run?.attempt,
      status,
    } satisfies JobActionResult);
  };
  for (const action of JOB_ACTIONS) {
    app.post(`/api/v1/jobs/:id{[0-9]+}/${action}`, (c) => {
      const run = pipelines.run(c.req.param('id'));
      return answering(c, async () => {
        const { variables } = JobActionRequest.parse(await readJson(c.req.raw));
        return act(c, run as JobReference, { action, variables });
      });
    });
    app.post(`/api/v1/pipelines/:id{[0-9]+}/jobs/${action}`, (c) =>
      answering(c, async () => {
        const pipeline = c.req.param('id');
        const { name, variables } = NamedJobActionRequest.parse(await readJson(c.req.raw));
        return act(c, { pipeline, name }, { action, variables });
      }),
    );
  }
  for (const action of PIPELINE_ACTIONS) {
    app.post(`/api/v1/pipelines/:id{[0-9]+}/${action}`, (c) =>
      answering(c, () => {
        const { id, status } = actOnPipeline(coordinator, c.req.param('id'), action);
        const url = `${context.baseUrl()}/pipelines/${id}`;
        return c.json({ pipeline: id, status, url } satisfies PipelineActionResult);
      }),
    );
  }
  return app;
}

/** Values of variables may be secret, and are not recorded. */
export function namesOf(variables: Readonly<Record<string, string>> = {}): Record<string, string> {
  const names = Object.keys(variables);
  return names.length === 0 ? {} : { variables: names.join(' ') };
}
