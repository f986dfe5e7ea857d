import {
  listsJobs,
  type FailureReport,
  type JobSummary,
  type PipelineSummary,
  type PipelineView,
  type Queue,
  type StackList,
  type StackSummary,
  type StackView,
  type StatusView,
} from '../protocol/index.ts';
import { readPipeline } from './read-pipeline.ts';
import { requestJson, type ServerAccess } from './request.ts';

/** Reads the summaries of a server's stacks, or of one. */
export async function readStacks(server: ServerAccess, name: string | undefined): Promise<readonly StackSummary[]> {
  const stacks =
    name === undefined
      ? (await requestJson<StackList>(server, '/api/v1/stacks')).stacks
      : [await requestJson<StackView>(server, `/api/v1/stacks/${encodeURIComponent(name)}`)];
  return Promise.all(stacks.map((stack) => summaryOf(server, stack)));
}

async function summaryOf(server: ServerAccess, stack: StackView): Promise<StackSummary> {
  const { name, problem, branches, requests, images } = stack;
  const statuses = withoutRepeats([...branches, ...requests].flatMap(({ status }) => status ?? []));
  const pipelines: PipelineSummary[] = [];
  // One after the other: a server with many large pipelines has other work, too.
  for (const pipeline of stack.pipelines) pipelines.push(await withJobs(server, pipeline));
  return { name, problem, statuses, pipelines: await withWaits(server, name, pipelines), images };
}

/** Adds to the jobs that are ready what each of them waits for. */
async function withWaits(
  server: ServerAccess,
  stack: string,
  pipelines: readonly PipelineSummary[],
): Promise<readonly PipelineSummary[]> {
  if (!pipelines.some(({ jobs = [] }) => jobs.some(({ status }) => status === 'pending'))) return pipelines;
  const { jobs: queued } = await requestJson<Queue>(server, `/api/v1/queue?stack=${encodeURIComponent(stack)}`);
  const texts = new Map(queued.map(({ id, waitsFor }) => [id, waitsFor.text]));
  const withWait = (job: JobSummary): JobSummary => ({ ...job, waitsFor: texts.get(job.id) });
  return pipelines.map((pipeline) => ({ ...pipeline, jobs: pipeline.jobs?.map(withWait) }));
}

async function withJobs(server: ServerAccess, pipeline: PipelineView): Promise<PipelineSummary> {
  if (!listsJobs(pipeline)) return pipeline;
  const { jobs, children } = await readPipeline(server, pipeline.id);
  const failure =
    pipeline.status === 'failed'
      ? await requestJson<FailureReport>(server, `/api/v1/pipelines/${pipeline.id}/failure`)
      : undefined;
  return { ...pipeline, jobs: [...jobs, ...children.flatMap((child) => child.jobs)], failure };
}

/** Removes repeated statuses: a commit can be the head of a branch and of a pull request. */
function withoutRepeats(statuses: readonly StatusView[]): readonly StatusView[] {
  return [...new Map(statuses.map((status) => [`${status.sha} ${status.context}`, status])).values()];
}
