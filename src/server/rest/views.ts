import { withoutCredentials, type SlipwayError } from '../../kit/index.ts';
import {
  defaultBranchProblem,
  isProtectedBranch,
  remoteOf,
  type Coordinator,
  type Publication,
  type RequestRecord,
} from '../../coordinator/index.ts';
import { jobPlan, type JobRun, type JobState, type PipelineRecord } from '../../pipeline/index.ts';
import type { JobPlan } from '../../gitlab/index.ts';
import {
  ImageView,
  JobView,
  PipelineView,
  Problem,
  RequestView,
  viewOf,
  type BranchView,
  type StackView,
  type StatusView,
} from '../../protocol/index.ts';

const ENDED_REQUESTS = 20;
const NEWEST_PIPELINES = 20;
/** How far back the newest pipeline of a branch is looked for. */
const LOOK_BACK = 200;

/** Everything of one stack that its page shows. */
export function stackView(coordinator: Coordinator, name: string): StackView | undefined {
  const { context } = coordinator;
  const stack = context.stacks.get(name);
  if (stack === undefined) return undefined;
  const pipelines = context.pipelines.list({ stack: name, limit: LOOK_BACK });
  const statuses = newestStatuses(coordinator, name);
  return {
    name,
    remote: withoutCredentials(remoteOf(stack.configuration)),
    defaultBranch: stack.configuration.defaultBranch,
    problem: problemView(defaultBranchProblem(stack.configuration, context.ledger.knownRefs(name))),
    branches: branchViews(coordinator, name, { pipelines, statuses }),
    requests: shownRequests(coordinator, name).map((request) => requestView(coordinator, request, statuses)),
    images: newestImages(context.ledger.publications(name)).map(imageView),
    pipelines: pipelines.slice(0, NEWEST_PIPELINES).map(pipelineView),
  };
}

function problemView(problem: SlipwayError | undefined): Problem | undefined {
  return problem === undefined ? undefined : viewOf(Problem, problem);
}

export function pipelineView(record: PipelineRecord): PipelineView {
  return viewOf(PipelineView, { ...record, pullRequest: record.request, parent: record.parent?.pipeline });
}

/** The jobs of a pipeline, each at its newest attempt, in the plan's order. */
export function jobViews(coordinator: Coordinator, id: string): readonly JobView[] {
  const { pipelines } = coordinator.context;
  const runs = new Map(pipelines.runs(id).map((run) => [`${run.job} ${run.attempt}`, run]));
  const { plan, jobs } = pipelines.state(id);
  return plan.jobs.map((job, index) => {
    const state = jobs[job.name];
    const run = runs.get(`${index} ${state?.attempt ?? 1}`);
    const status = state?.status ?? 'created';
    return { ...describeJob(id, job, { ...state, ...run, status }), stuck: whyStuck(coordinator, id, { job, status }) };
  });
}

/** A job at the attempt that the run was. */
export function jobView(coordinator: Coordinator, run: JobRun): JobView {
  const { plan, jobs } = coordinator.context.pipelines.state(run.pipeline);
  const job = (plan.jobs[run.job ?? -1] ?? jobPlan(plan, run.name)) as JobPlan;
  const state = jobs[job.name];
  return {
    ...describeJob(run.pipeline, job, { ...(state?.attempt === run.attempt ? state : {}), ...run }),
    stuck: whyStuck(coordinator, run.pipeline, { job, status: run.status }),
  };
}

function whyStuck(
  { context }: Coordinator,
  pipeline: string,
  { job, status }: { job: JobPlan; status: JobRun['status'] },
): string | undefined {
  const record = context.pipelines.record(pipeline);
  if (record === undefined || status !== 'pending' || job.kind !== 'script') return undefined;
  return context.runners.obstacle(record, job);
}

export function requestView(
  coordinator: Coordinator,
  request: RequestRecord,
  statuses = newestStatuses(coordinator, request.stack),
): RequestView {
  const [newest] = coordinator.context.pipelines.list({ stack: request.stack, request: request.number, limit: 1 });
  return viewOf(RequestView, {
    ...request,
    author: request.author.replace(/\s*<[^>]*>$/, ''),
    pipeline: newest === undefined ? undefined : pipelineView(newest),
    status: statuses.get(`${request.headSha} slipway`),
  });
}

export function imageView(publication: Publication): ImageView {
  return viewOf(ImageView, publication);
}

function describeJob(pipeline: string, job: JobPlan, progress: Partial<JobState & JobRun>): JobView {
  return viewOf(JobView, {
    id: '',
    status: 'created',
    attempt: 1,
    ...progress,
    name: job.name,
    stage: job.stage,
    kind: job.kind,
    pipeline,
    needs: job.needs?.flatMap((need) => (need.pipeline === undefined ? [need.job] : [])),
    allowFailure: job.allowFailure === true,
  });
}

function branchViews(
  coordinator: Coordinator,
  name: string,
  known: { pipelines: readonly PipelineRecord[]; statuses: ReadonlyMap<string, StatusView> },
): BranchView[] {
  const { stacks, ledger } = coordinator.context;
  const configuration = stacks.get(name)?.configuration;
  return [...ledger.knownRefs(name)].flatMap(([ref, sha]) => {
    const branch = ref.replace(/^refs\/heads\//, '');
    if (configuration === undefined || branch === ref || !isProtectedBranch(configuration, branch)) return [];
    const newest = known.pipelines.find(({ refType, ref: one }) => refType === 'branch' && one === branch);
    const pipeline = newest === undefined ? undefined : pipelineView(newest);
    return [{ name: branch, sha, pipeline, status: known.statuses.get(`${sha} slipway`) }];
  });
}

function shownRequests(coordinator: Coordinator, name: string): readonly RequestRecord[] {
  const newestFirst = coordinator.context.ledger.requests(name).toReversed();
  const ended = newestFirst.filter(({ state }) => state !== 'open').slice(0, ENDED_REQUESTS);
  return [...newestFirst.filter(({ state }) => state === 'open'), ...ended];
}

/** Of each tag the newest publication, the newest first; without previews that are gone. */
function newestImages(publications: readonly Publication[]): readonly Publication[] {
  const byTag = new Map<string, Publication>();
  for (const one of publications.toReversed()) {
    const tag = `${one.repository}:${one.tag}`;
    if (!byTag.has(tag)) byTag.set(tag, one);
  }
  return [...byTag.values()].filter(({ state }) => state !== 'removed');
}

function newestStatuses(coordinator: Coordinator, stack: string): ReadonlyMap<string, StatusView> {
  return new Map(
    coordinator.context.ledger.statuses(stack).map((status) => [`${status.sha} ${status.context}`, { ...status }]),
  );
}
