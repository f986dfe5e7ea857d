import {
  listsJobs,
  type PipelineDetail,
  type PipelineSummary,
  type StackList,
  type StackSummary,
  type StackView,
  type StatusView,
} from '../protocol/index.ts';
import { requestJson } from './request.ts';

interface Server {
  readonly url: string;
  readonly signal: AbortSignal;
}

/** Reads the summaries of a server's stacks, or of one. */
export async function readStacks(server: Server, name: string | undefined): Promise<readonly StackSummary[]> {
  const { url, signal } = server;
  const stacks =
    name === undefined
      ? (await requestJson<StackList>({ url }, '/api/v1/stacks', { signal })).stacks
      : [await requestJson<StackView>({ url }, `/api/v1/stacks/${encodeURIComponent(name)}`, { signal })];
  return Promise.all(stacks.map((stack) => summaryOf(server, stack)));
}

async function summaryOf(server: Server, stack: StackView): Promise<StackSummary> {
  const { name, problem, branches, requests, images } = stack;
  const statuses = [...branches, ...requests].flatMap(({ status }) => status ?? []);
  return {
    name,
    ...(problem === undefined ? {} : { problem }),
    statuses: withoutRepeats(statuses),
    pipelines: await withJobs(server, stack),
    images,
  };
}

async function withJobs({ url, signal }: Server, { pipelines }: StackView): Promise<readonly PipelineSummary[]> {
  const summaries: PipelineSummary[] = [];
  // One after the other: a server with many large pipelines has other work, too.
  for (const pipeline of pipelines) {
    if (!listsJobs(pipeline)) {
      summaries.push(pipeline);
      continue;
    }
    const { jobs, children } = await requestJson<PipelineDetail>({ url }, `/api/v1/pipelines/${pipeline.id}`, {
      signal,
    });
    summaries.push({ ...pipeline, jobs: [...jobs, ...children.flatMap((child) => child.jobs)] });
  }
  return summaries;
}

/** Removes repeated statuses: a commit can be the head of a branch and of a pull request. */
function withoutRepeats(statuses: readonly StatusView[]): readonly StatusView[] {
  return [...new Map(statuses.map((status) => [`${status.sha} ${status.context}`, status])).values()];
}
