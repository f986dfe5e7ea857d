import { estimateTime, type BuildDecision, type TimeEstimate } from '../../generate/index.ts';
import type { JobPlan, PipelinePlan } from '../../gitlab/index.ts';
import { BoundedMap } from '../../kit/index.ts';
import { isFinal, type JobState, type PipelineRecord } from '../../pipeline/index.ts';
import type { CoordinatorContext, PipelineRecords, Timed } from '../context.ts';
import { builtPackage } from './pipeline-failure.ts';
import { ownChild } from './own-child.ts';

/** A job that builds a package. */
interface PackageJob {
  /** The pipeline that it belongs to: the topmost one, or a child. */
  readonly pipeline: string;
  readonly plan: JobPlan;
  readonly state: JobState | undefined;
  readonly decision: BuildDecision;
}

type ProgressSources = PipelineRecords & Timed & Partial<Pick<CoordinatorContext, 'runners'>>;

/** How many packages a pipeline and its children build, how many are built, and the expected seconds until the end. */
export function progressOf(
  context: ProgressSources,
  root: string,
): { readonly build: number; readonly built: number; readonly left?: number } {
  const jobs = packageJobs(context, root);
  const built = jobs.filter(({ state }) => state?.status === 'success').length;
  return { build: jobs.length, built, left: recentTimeLeft(context, root, jobs) };
}

/** For so long an estimate is not made again: for thousands of packages it takes some milliseconds. */
const ESTIMATE_KEPT_MS = 10_000;
const KEPT_ESTIMATES = 100;
const estimatesKept = new WeakMap<PipelineRecords['pipelines'], BoundedMap<string, { at: number; end?: number }>>();

/** The expected seconds until the end, by an estimate that may be a few seconds old. */
function recentTimeLeft(context: ProgressSources, root: string, jobs: readonly PackageJob[]): number | undefined {
  const now = context.clock.now();
  const key = `${root} ${jobs.length}`;
  const kept = estimatesKept.get(context.pipelines) ?? new BoundedMap(KEPT_ESTIMATES);
  estimatesKept.set(context.pipelines, kept);
  let estimate = kept.get(key);
  if (estimate === undefined || Math.abs(now - estimate.at) > ESTIMATE_KEPT_MS) {
    const seconds = timeLeft(context, root, jobs)?.seconds;
    estimate = { at: now, end: seconds === undefined ? undefined : now + seconds * 1000 };
    kept.set(key, estimate);
  }
  return estimate.end === undefined ? undefined : Math.max(0, estimate.end - now) / 1000;
}

/** Returns the jobs of a pipeline and of its children that build packages, in their order. */
export function packageJobs(context: PipelineRecords, pipeline: string): readonly PackageJob[] {
  const { plan, jobs } = context.pipelines.state(pipeline);
  return plannedJobs(plan).flatMap(({ job, decision }) => {
    const state = jobs[job.name];
    const child = ownChild(context, state);
    if (child !== undefined) return packageJobs(context, child);
    return decision === undefined ? [] : { pipeline, plan: job, state, decision };
  });
}

interface PlannedJob {
  readonly job: JobPlan;
  /** Of a job that builds a package. */
  readonly decision: BuildDecision | undefined;
}

/** Plans never change, and progress is reported every second. */
const plannedKept = new WeakMap<PipelinePlan, readonly PlannedJob[]>();

function plannedJobs(plan: PipelinePlan): readonly PlannedJob[] {
  const kept = plannedKept.get(plan);
  if (kept !== undefined) return kept;
  const made = new Map(plan.jobs.map((job) => [job.name, builtPackage(job)]));
  const planned = plan.jobs.map((job) => {
    const built = made.get(job.name);
    const needs = (job.needs ?? []).flatMap((need) => made.get(need.job)?.hash ?? []);
    const decision = built && { ...built, build: true, reason: 'missing', present: false, needs, depth: 0 };
    return { job, decision };
  });
  plannedKept.set(plan, planned);
  return planned;
}

/** Estimates the rest of the builds by what packages of these names took before; undefined without any history. */
export function timeLeft(
  context: ProgressSources,
  root: string,
  jobs: readonly PackageJob[],
): TimeEstimate | undefined {
  const history = context.pipelines.durations();
  const rest = jobs.filter(({ state }) => state === undefined || !isFinal(state.status));
  if (rest.length === 0 || !jobs.some(({ decision }) => history.has(decision.name))) return undefined;
  const open = new Set(rest.map(({ decision }) => decision.hash));
  const decisions = rest.map(({ decision }) => ({
    ...decision,
    needs: decision.needs.filter((need) => open.has(need)),
  }));
  const elapsed = new Map(
    rest.flatMap(({ decision, state }) => {
      if (state?.status !== 'running' || state.startedAt === undefined) return [];
      return [[decision.hash, (context.clock.now() - Date.parse(state.startedAt)) / 1000] as const];
    }),
  );
  return estimateTime({ decisions }, history, { jobs: capacityFor(context, root, rest), elapsed });
}

/** How many of the builds run at once, by the runners that take them. */
export function capacityFor(
  { runners, pipelines }: ProgressSources,
  root: string,
  jobs: readonly PackageJob[],
): number {
  const [first] = jobs;
  if (first === undefined) return 1;
  const running = jobs.filter(({ state }) => state?.status === 'running').length;
  return Math.max(running, runners?.capacity(pipelines.record(root) as PipelineRecord, first.plan) ?? 1);
}
