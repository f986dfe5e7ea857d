import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import {
  checkVariables,
  stackOfProject,
  startDownstream,
  type Coordinator,
  type CoordinatorContext,
} from '../../coordinator/index.ts';
import { getsArtifactsOf, type JobRun, type PipelineRecord } from '../../pipeline/index.ts';
import { PipelineTrigger, TokenInBody } from '../../protocol/index.ts';
import { jobTokenOf } from '../access/credential.ts';
import { runningJob } from '../access/job-principal.ts';
import { noteRequest } from '../audit-requests.ts';
import { serverError } from '../errors.ts';
import { decode } from '../gateway/s3-canonical.ts';
import { archivedFileResponse } from '../rest/rest-artifacts.ts';
import { gitlabPipeline } from '../runner-api/gitlab-pipeline.ts';
import { readGitlabBody } from '../runner-api/gitlab-body.ts';
import { checkToken } from '../token-throttle.ts';
import { namesOf } from './actions.ts';
import { archiveResponse } from './job-artifacts.ts';
import { answering } from './request-body.ts';

const ARTIFACTS = '/api/v4/projects/:project/jobs/artifacts/:ref';

/** What a job does with its token at the addresses of GitLab: https://docs.gitlab.com/ci/jobs/ci_job_token/ */
export function jobTokenRoutes(coordinator: Coordinator): Hono {
  const { context } = coordinator;
  const app = new Hono();
  app.post('/api/v4/projects/:project/trigger/pipeline', bodyLimit({ maxSize: 64 * 1024 }), (c) =>
    answering(c, () => triggerPipeline(c, coordinator)),
  );
  app.get(`${ARTIFACTS}/download`, (c) =>
    answering(c, async () => archiveResponse(c, context, (await namedJob(c, context)).id)),
  );
  app.get(`${ARTIFACTS}/raw/*`, (c) =>
    answering(c, async () => {
      const [, path = ''] = /\/raw\/(.*)$/s.exec(new URL(c.req.url).pathname) ?? [];
      return archivedFileResponse(c, context, { id: (await namedJob(c, context)).id, name: decode(path) });
    }),
  );
  return app;
}

/** https://docs.gitlab.com/api/pipeline_triggers/#trigger-a-pipeline-with-a-token */
async function triggerPipeline(c: Context, coordinator: Coordinator): Promise<Response> {
  const { context, driver } = coordinator;
  const body = await readGitlabBody(c);
  const run = await jobOf(c, context, TokenInBody.safeParse(body).data?.token);
  const { ref, variables } = PipelineTrigger.parse(body);
  const from = context.pipelines.record(run.pipeline) as PipelineRecord;
  noteRequest(c, { on: `branch ${ref}`, details: namesOf(variables) });
  const record = await startDownstream(
    { context, sources: driver.ports.sources },
    { from, job: run.name, project: projectOf(c, context), branch: ref, variables: checkVariables(variables) },
  );
  noteRequest(c, { stack: record.stack, details: { ...namesOf(variables), pipeline: record.id, sha: record.sha } });
  await driver.start(record.id);
  return c.json(gitlabPipeline(context, context.pipelines.record(record.id) as PipelineRecord), 201);
}

/** Returns the running job whose token the request has. */
async function jobOf(c: Context, context: CoordinatorContext, inBody?: string): Promise<JobRun> {
  const token = inBody ?? jobTokenOf(c);
  const run = await checkToken(c, { kind: 'account', token }, () => runningJob(context, token));
  if (run === undefined) throw serverError('SERVER_TOKEN_WRONG');
  noteRequest(c, { who: `job ${run.id}` });
  return run;
}

/** Returns the project that the path names: GitLab's own number of a stack stands for its name. */
function projectOf(c: Context, { stacks, ledger }: CoordinatorContext): string {
  const project = c.req.param('project') ?? '';
  return [...stacks.keys()].find((stack) => ledger.projectId(stack) === project) ?? project;
}

/**
 * Returns the job of the name that the query has, in the pipeline of the job that asks or in those above, if it gets that
 * job's artifacts. Other pipelines of the project count as if there were none.
 */
async function namedJob(c: Context, context: CoordinatorContext): Promise<JobRun> {
  const { pipelines } = context;
  const reader = await jobOf(c, context);
  const name = c.req.query('job') ?? '';
  const own = pipelines.record(reader.pipeline) as PipelineRecord;
  const isOwn = stackOfProject(context, projectOf(c, context))?.configuration.name === own.stack;
  const family = isOwn && own.ref === c.req.param('ref') ? familyOf(context, own) : [];
  const jobs = family.flatMap(({ id }) => pipelines.latestRun(id, name) ?? []);
  const found = jobs.find((job) => getsArtifactsOf(pipelines, reader, job));
  if (found !== undefined) return found;
  throw serverError('SERVER_NOT_FOUND', { what: `archive of job ${name.slice(0, 100)} that job ${reader.id} gets` });
}

/** Returns a pipeline and those above it. */
function familyOf(
  { pipelines }: Pick<CoordinatorContext, 'pipelines'>,
  record: PipelineRecord,
): readonly PipelineRecord[] {
  const above = record.parent && pipelines.record(record.parent.pipeline);
  return [record, ...(above === undefined ? [] : familyOf({ pipelines }, above))];
}
