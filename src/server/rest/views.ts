import { defaultBranchProblem, isProtectedBranch, remoteOf } from '../../coordinator/index.ts';
import type { Journey, JobRun, PipelineRecord, Publication, RequestRecord } from '../../coordinator/index.ts';
import { jobPlan } from '../../pipeline/index.ts';
import type { JobState } from '../../pipeline/index.ts';
import type { JobPlan } from '../../gitlab/index.ts';
import type { SlipwayError } from '../../kit/index.ts';
import type {
  BranchView,
  ImageView,
  JobView,
  PipelineView,
  Problem,
  RequestView,
  StackView,
  StatusView,
} from '../../protocol/index.ts';

const ENDED_REQUESTS = 20;
const NEWEST_PIPELINES = 20;
/** How far back the newest pipeline of a branch is looked for. */
const LOOK_BACK = 200;

/** Everything of one stack that its page shows. */
export function stackView(journey: Journey, name: string): StackView | undefined {
  const { context } = journey;
  const stack = context.stacks.get(name);
  if (stack === undefined) return undefined;
  const pipelines = context.pipelines.list({ stack: name, limit: LOOK_BACK });
  const statuses = newestStatuses(journey, name);
  return {
    name,
    remote: withoutCredentials(remoteOf(stack.configuration)),
    defaultBranch: stack.configuration.defaultBranch,
    problem: problemView(defaultBranchProblem(stack.configuration, context.journey.knownRefs(name))),
    branches: branchViews(journey, name, { pipelines, statuses }),
    requests: shownRequests(journey, name).map((request) => requestView(journey, request, statuses)),
    images: newestImages(context.journey.publications(name)).map(imageView),
    pipelines: pipelines.slice(0, NEWEST_PIPELINES).map(pipelineView),
  };
}

function problemView(problem: SlipwayError | undefined): Problem | undefined {
  return problem === undefined ? undefined : { code: problem.code, message: problem.message, hint: problem.hint };
}

export function pipelineView(record: PipelineRecord): PipelineView {
  const { request: pullRequest, parent, base: _base, tree: _tree, ...rest } = record;
  return { ...rest, pullRequest, parent: parent?.pipeline };
}

/** The jobs of a pipeline, each at its newest attempt, in the plan's order. */
export function jobViews(journey: Journey, id: string): readonly JobView[] {
  const { pipelines } = journey.context;
  const runs = new Map(pipelines.runs(id).map((run) => [`${run.job} ${run.attempt}`, run]));
  const { plan, jobs } = pipelines.state(id);
  return plan.jobs.map((job, index) => {
    const state = jobs[job.name];
    const run = runs.get(`${index} ${state?.attempt ?? 1}`);
    const view = { ...planned(id, job, state), ...(run === undefined ? {} : ran(run)) };
    const status = state?.status ?? 'created';
    return { ...view, status, stuck: whyStuck(journey, id, { job, status }) };
  });
}

/** A job at the attempt that the run was. */
export function jobView(journey: Journey, run: JobRun): JobView {
  const { plan, jobs } = journey.context.pipelines.state(run.pipeline);
  const job = (plan.jobs[run.job ?? -1] ?? jobPlan(plan, run.name)) as JobPlan;
  const state = jobs[job.name];
  return {
    ...planned(run.pipeline, job, state?.attempt === run.attempt ? state : undefined),
    ...ran(run),
    stuck: whyStuck(journey, run.pipeline, { job, status: run.status }),
  };
}

function whyStuck(
  { context }: Journey,
  pipeline: string,
  { job, status }: { job: JobPlan; status: JobRun['status'] },
): string | undefined {
  const record = context.pipelines.record(pipeline);
  if (record === undefined || status !== 'pending' || job.kind !== 'script') return undefined;
  return context.runners.obstacle(record, job);
}

export function requestView(
  journey: Journey,
  request: RequestRecord,
  statuses = newestStatuses(journey, request.stack),
): RequestView {
  const { baseSha: _baseSha, author, ...rest } = request;
  const [newest] = journey.context.pipelines.list({ stack: request.stack, request: request.number, limit: 1 });
  return {
    ...rest,
    author: author.replace(/\s*<[^>]*>$/, ''),
    pipeline: newest === undefined ? undefined : pipelineView(newest),
    status: statuses.get(`${request.headSha} slipway`),
  };
}

export function imageView(publication: Publication): ImageView {
  const { id, stack, repository, tag, refType, ref, commit, actor, state, pipeline, reference, digest } = publication;
  const { message, attempts, retryAt, layers, layersUploaded, bytesUploaded, bytesTotal } = publication;
  const { createdAt, finishedAt } = publication;
  const image = { id, stack, repository, tag, refType, ref, commit, actor, state, pipeline, reference, digest };
  const size = { layers, layersUploaded, bytesUploaded, bytesTotal };
  return { ...image, message, attempts, retryAt, ...size, createdAt, finishedAt };
}

function planned(pipeline: string, job: JobPlan, state: JobState | undefined): JobView {
  return {
    id: '',
    pipeline,
    name: job.name,
    stage: job.stage,
    kind: job.kind,
    status: state?.status ?? 'created',
    attempt: state?.attempt ?? 1,
    needs: job.needs?.flatMap((need) => (need.pipeline === undefined ? [need.job] : [])),
    allowFailure: job.allowFailure === true,
    failureReason: state?.failureReason,
    message: state?.message,
    exitCode: state?.exitCode,
    child: state?.child,
  };
}

function ran(
  run: JobRun,
): Pick<
  JobView,
  'id' | 'attempt' | 'status' | 'runner' | 'queuedAt' | 'startedAt' | 'finishedAt' | 'failureReason' | 'exitCode'
> {
  const { id, attempt, status, runner, queuedAt, startedAt, finishedAt, failureReason, exitCode } = run;
  return { id, attempt, status, runner, queuedAt, startedAt, finishedAt, failureReason, exitCode };
}

function branchViews(
  journey: Journey,
  name: string,
  known: { pipelines: readonly PipelineRecord[]; statuses: ReadonlyMap<string, StatusView> },
): BranchView[] {
  const { stacks, journey: ledger } = journey.context;
  const configuration = stacks.get(name)?.configuration;
  return [...ledger.knownRefs(name)].flatMap(([ref, sha]) => {
    const branch = ref.replace(/^refs\/heads\//, '');
    if (configuration === undefined || branch === ref || !isProtectedBranch(configuration, branch)) return [];
    const newest = known.pipelines.find(({ refType, ref: one }) => refType === 'branch' && one === branch);
    const pipeline = newest === undefined ? undefined : pipelineView(newest);
    return [{ name: branch, sha, pipeline, status: known.statuses.get(`${sha} slipway`) }];
  });
}

function shownRequests(journey: Journey, name: string): readonly RequestRecord[] {
  const newestFirst = journey.context.journey.requests(name).toReversed();
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

function newestStatuses(journey: Journey, stack: string): ReadonlyMap<string, StatusView> {
  return new Map(
    journey.context.journey.statuses(stack).map((status) => [`${status.sha} ${status.context}`, { ...status }]),
  );
}

export function withoutCredentials(remote: string): string {
  return remote.replace(/^(\w+:\/\/)[^/@]*@/, '$1');
}
