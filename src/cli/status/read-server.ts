import type { PipelineDetail, StackList, StackView, StatusView } from '../../protocol/index.ts';
import { askServer } from '../ask-server.ts';
import { showsJobs } from './standing.ts';
import type { PipelineStanding, StackStanding } from './standing.ts';

interface Server {
  readonly url: string;
  readonly signal: AbortSignal;
}

/** What a server says of its stacks, or of one. */
export async function readServer(server: Server, wanted: string | undefined): Promise<readonly StackStanding[]> {
  const { url, signal } = server;
  const stacks =
    wanted === undefined
      ? (await askServer<StackList>({ url }, '/api/v1/stacks', { signal })).stacks
      : [await askServer<StackView>({ url }, `/api/v1/stacks/${encodeURIComponent(wanted)}`, { signal })];
  return Promise.all(stacks.map((stack) => standingOf(server, stack)));
}

async function standingOf(server: Server, stack: StackView): Promise<StackStanding> {
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

async function withJobs({ url, signal }: Server, { pipelines }: StackView): Promise<readonly PipelineStanding[]> {
  const standings: PipelineStanding[] = [];
  // One after the other: a server with many large pipelines has other work, too.
  for (const pipeline of pipelines) {
    if (!showsJobs(pipeline)) {
      standings.push(pipeline);
      continue;
    }
    const { jobs, children } = await askServer<PipelineDetail>({ url }, `/api/v1/pipelines/${pipeline.id}`, { signal });
    standings.push({ ...pipeline, jobs: [...jobs, ...children.flatMap((child) => child.jobs)] });
  }
  return standings;
}

/** A commit may be the head of a branch and of a request. */
function withoutRepeats(statuses: readonly StatusView[]): readonly StatusView[] {
  return [...new Map(statuses.map((status) => [`${status.sha} ${status.context}`, status])).values()];
}
