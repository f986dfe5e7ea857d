import { withoutCredentials } from '../../kit/index.ts';
import {
  builtHash,
  defaultBranchProblem,
  isProtectedBranch,
  remoteOf,
  rootOf,
  summarizePromotions,
  type CoordinatorContext,
  type Publication,
  type RequestRecord,
  type Stack,
  type StackConfiguration,
} from '../../coordinator/index.ts';
import { jobPlan, type JobRun, type JobState, type PipelineRecord } from '../../pipeline/index.ts';
import { isForeignNeed, type JobPlan } from '../../gitlab/index.ts';
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
/** The newest pipeline of a branch is searched among so many. */
const LOOK_BACK = 200;

/** Returns all that the page of a stack shows. */
export function stackView(context: CoordinatorContext, { configuration }: Stack): StackView {
  const { name } = configuration;
  const pipelines = context.pipelines.list({ stack: name, limit: LOOK_BACK });
  const statuses = newestStatuses(context, name);
  const { ledger } = context;
  const problem = defaultBranchProblem(configuration, ledger.knownRefs(name)) ?? ledger.commentProblem(name);
  return {
    name,
    remote: withoutCredentials(remoteOf(configuration)),
    defaultBranch: configuration.defaultBranch,
    problem: problem && viewOf(Problem, problem),
    branches: branchViews(context, configuration, { pipelines, statuses }),
    requests: shownRequests(context, name).map((request) => requestView(context, request, statuses)),
    images: newestImages(context.ledger.publications(name)).map((publication) => viewOf(ImageView, publication)),
    pipelines: pipelines.slice(0, NEWEST_PIPELINES).map((record) => pipelineView(context, record)),
  };
}

/** Returns a pipeline with its child pipelines, and theirs, the oldest first. */
export function familyOf(context: CoordinatorContext, record: PipelineRecord): readonly PipelineRecord[] {
  const children = context.pipelines.children(record.id).flatMap((child) => familyOf(context, child));
  return [record, ...children.toSorted((a, b) => Number(a.id) - Number(b.id))];
}

export function pipelineView({ promotions, stacks }: CoordinatorContext, record: PipelineRecord): PipelineView {
  const promotion = record.trust === 'protected' ? summarizePromotions(promotions.promotions(record.id)) : undefined;
  return viewOf(PipelineView, {
    ...record,
    headUrl: stacks.get(record.stack)?.forge.links?.commit(record.head),
    pullRequest: record.request,
    parent: record.parent?.pipeline,
    upstream: record.upstream?.pipeline,
    promotion,
  });
}

/** Returns jobs of a pipeline, by their indices in the plan, each at its newest attempt. */
export function jobViews(context: CoordinatorContext, id: string, indices: readonly number[]): JobView[] {
  const { pipelines } = context;
  const runs = new Map(pipelines.runsOfJobs(id, indices).map((run) => [`${run.job} ${run.attempt}`, run]));
  const { plan, jobs } = pipelines.state(id);
  const promotionTo = promotionsIn(context, id);
  const obstacleTo = obstaclesIn(context, id);
  return indices.map((index) => {
    const job = plan.jobs[index] as JobPlan;
    const state = jobs[job.name];
    const run = runs.get(`${index} ${state?.attempt ?? 1}`);
    const status = state?.status ?? 'created';
    const [promotion, stuck] = [promotionTo(job), obstacleTo(job, status)];
    return describeJob(job, { ...state, ...run, status, pipeline: id, promotion, stuck });
  });
}

/** Returns a job at the attempt of a run. */
export function jobView(context: CoordinatorContext, run: JobRun): JobView {
  const { plan, jobs } = context.pipelines.state(run.pipeline);
  const job = (plan.jobs[run.job ?? -1] ?? jobPlan(plan, run.name)) as JobPlan;
  const state = jobs[job.name];
  const promotion = promotionsIn(context, run.pipeline)(job);
  const stuck = obstaclesIn(context, run.pipeline)(job, run.status);
  return describeJob(job, { ...(state?.attempt === run.attempt ? state : {}), ...run, promotion, stuck });
}

export function requestView(
  context: CoordinatorContext,
  request: RequestRecord,
  statuses = newestStatuses(context, request.stack),
): RequestView {
  const [newest] = context.pipelines.list({ stack: request.stack, request: request.number, limit: 1 });
  const { words, links } = context.stacks.get(request.stack)?.forge ?? {};
  return viewOf(RequestView, {
    ...request,
    label: `${words?.sign ?? '#'}${request.number}`,
    url: links?.request(request.number),
    author: request.author.replace(/\s*<[^>]*>$/, ''),
    pipeline: newest && pipelineView(context, newest),
    status: statuses.get(`${request.headSha} slipway`),
  });
}

/** Returns how the packages of a pipeline's jobs came about: of a child pipeline, whose jobs build them. */
function promotionsIn(context: CoordinatorContext, id: string): (job: JobPlan) => JobView['promotion'] {
  const record = context.pipelines.record(id);
  if (record?.trust !== 'protected' || record.parent === undefined) return () => undefined;
  const root = rootOf(context, id).id;
  return (job) => {
    const hash = builtHash(job);
    const promotion = hash === undefined ? undefined : context.promotions.promotionIn(root, hash);
    const { outcome, fromPipeline, fromJob, reason } = promotion ?? {};
    return outcome === undefined || outcome === 'begun' ? undefined : { outcome, fromPipeline, fromJob, reason };
  };
}

/** Returns why jobs of a pipeline that are pending wait for more than a runner's time. */
function obstaclesIn(
  { pipelines, runners, quotas }: CoordinatorContext,
  id: string,
): (job: JobPlan, status: JobRun['status']) => string | undefined {
  const record = pipelines.record(id);
  return (job, status) => {
    if (record === undefined || status !== 'pending' || job.kind !== 'script') return undefined;
    return runners.obstacle(record, job) ?? quotas.obstacle(record);
  };
}

function describeJob(
  job: JobPlan,
  progress: Partial<JobState> & Pick<JobRun, 'pipeline' | 'status'> & Pick<JobView, 'promotion' | 'stuck'>,
): JobView {
  return viewOf(JobView, {
    id: '',
    attempt: 1,
    ...progress,
    name: job.name,
    stage: job.stage,
    kind: job.kind,
    needs: job.needs?.flatMap((need) => (isForeignNeed(need) ? [] : [need.job])),
    allowFailure: job.allowFailure === true,
  });
}

function branchViews(
  context: CoordinatorContext,
  configuration: StackConfiguration,
  known: { pipelines: readonly PipelineRecord[]; statuses: ReadonlyMap<string, StatusView> },
): BranchView[] {
  return [...context.ledger.knownRefs(configuration.name)].flatMap(([ref, sha]) => {
    const name = ref.replace(/^refs\/heads\//, '');
    if (name === ref || !isProtectedBranch(configuration, name)) return [];
    const newest = known.pipelines.find((record) => record.refType === 'branch' && record.ref === name);
    return [
      { name, sha, pipeline: newest && pipelineView(context, newest), status: known.statuses.get(`${sha} slipway`) },
    ];
  });
}

function shownRequests({ ledger }: CoordinatorContext, name: string): readonly RequestRecord[] {
  const newestFirst = ledger.requests(name).toReversed();
  const open = newestFirst.filter(({ state }) => state === 'open');
  return [...open, ...newestFirst.filter(({ state }) => state !== 'open').slice(0, ENDED_REQUESTS)];
}

/** Returns the newest publication of each tag, the newest first, without removed previews. */
function newestImages(publications: readonly Publication[]): readonly Publication[] {
  const byTag = new Map(publications.map((one) => [`${one.repository}:${one.tag}`, one]));
  const present = [...byTag.values()].filter(({ state }) => state !== 'removed');
  return present.toSorted((a, b) => Number(b.id) - Number(a.id));
}

function newestStatuses({ ledger }: CoordinatorContext, stack: string): ReadonlyMap<string, StatusView> {
  return new Map(ledger.statuses(stack).map((status) => [`${status.sha} ${status.context}`, { ...status }]));
}
