import type { JobPlan } from '../../gitlab/index.ts';
import { criticalPath, isFinal, type JobRun, type JobState, type PipelineRecord } from '../../pipeline/index.ts';
import type { Timeline, TimelineBar } from '../../protocol/index.ts';
import { assignLanes, timelineFacts } from '../../report/index.ts';
import { currentTime, type CoordinatorContext } from '../context.ts';
import { rootOf } from '../status/status-report.ts';
import { attemptParts } from './attempt-parts.ts';
import { ownChild } from './own-child.ts';
import { builtPackage } from './pipeline-failure.ts';

type Sources = Pick<CoordinatorContext, 'pipelines' | 'clock' | 'folder' | 'runners'>;

/** Returns when the jobs of a pipeline's family waited and ran, and what keeps its end from being earlier. */
export async function timelineOfPipeline(context: Sources, id: string): Promise<Timeline> {
  const root = rootOf(context, id);
  const runs = familyRuns(context, root.id);
  const parts = await attemptParts(context, runs);
  const { lanes, of } = assignLanes(runs);
  const bars = runs
    .map((run, index) => barOf(run, { lane: of[index], parts: parts.get(run.id) }))
    .toSorted((a, b) => compareTimes(a.startedAt, b.startedAt) || compareTimes(a.queuedAt, b.queuedAt));
  const ids = new Map(runs.map((run) => [`${run.pipeline} ${run.job} ${run.attempt}`, run.id]));
  const critical = familyPath(context, root.id, ids);
  const work = familyWork(context, root.id);
  const timeline = {
    pipeline: root.id,
    from: root.createdAt,
    to: root.finishedAt ?? currentTime(context),
    isEnded: root.finishedAt !== undefined,
    lanes,
    bars,
    critical,
    bound: boundOf({ seconds: critical.seconds, work, slots: slotsOf(context, root, lanes.length) }),
    sums: sumsOf(bars),
  };
  return { ...timeline, facts: timelineFacts(timeline) };
}

type FamilyRun = JobRun & Pick<TimelineBar, 'allowFailure'>;

/** Attempts at the jobs that runners take, of a pipeline and of its children. */
function familyRuns(context: Pick<Sources, 'pipelines'>, pipeline: string): readonly FamilyRun[] {
  const { pipelines } = context;
  const { plan } = pipelines.state(pipeline);
  const own = pipelines.runs(pipeline).flatMap((run): FamilyRun[] => {
    const job = plan.jobs[run.job ?? -1];
    return job?.kind === 'script' ? [{ ...run, allowFailure: job.allowFailure === true }] : [];
  });
  return [...own, ...pipelines.children(pipeline).flatMap(({ id }) => familyRuns(context, id))];
}

function barOf(run: FamilyRun, { lane, parts }: Pick<TimelineBar, 'lane' | 'parts'>): TimelineBar {
  const { id: job, pipeline, name, attempt, status, allowFailure, queuedAt, startedAt, finishedAt } = run;
  return { job, pipeline, name, attempt, status, allowFailure, lane, queuedAt, startedAt, finishedAt, parts };
}

/** What has no time is last. */
function compareTimes(one: string | undefined, other: string | undefined): number {
  if (one === other) return 0;
  if (one === undefined || other === undefined) return one === undefined ? 1 : -1;
  return one < other ? -1 : 1;
}

/** Seconds of a job that has ended, or that it is expected to take; undefined where nothing is known of it. */
function secondsOf({ pipelines, clock }: Sources, job: JobPlan, state: JobState | undefined): number | undefined {
  const before = pipelines.durations().get(builtPackage(job)?.name ?? job.name);
  if (state?.startedAt === undefined) return state !== undefined && isFinal(state.status) ? 0 : before;
  const started = Date.parse(state.startedAt);
  if (state.finishedAt !== undefined) return (Date.parse(state.finishedAt) - started) / 1000;
  return Math.max((clock.now() - started) / 1000, before ?? 0);
}

/**
 * A trigger job takes as long as the pipeline that it started, whose jobs are in the path in its place. `ids` has the
 * attempts by pipeline, index of the job and number.
 */
function familyPath(context: Sources, pipeline: string, ids: ReadonlyMap<string, string>): Timeline['critical'] {
  const { plan, jobs } = context.pipelines.state(pipeline);
  const children = new Map(
    plan.jobs.flatMap(({ name }) => {
      const child = ownChild(context, jobs[name]);
      return child === undefined ? [] : [[name, familyPath(context, child, ids)] as const];
    }),
  );
  const plans = new Map(plan.jobs.map((job, index) => [job.name, { job, index }]));
  const seconds = (job: JobPlan) =>
    children.get(job.name)?.seconds ?? (job.kind === 'trigger' ? 0 : secondsOf(context, job, jobs[job.name]));
  const path = criticalPath(plan, seconds);
  const entries = path.jobs.flatMap((name) => {
    const { job, index } = plans.get(name) as { job: JobPlan; index: number };
    const own = {
      job: ids.get(`${pipeline} ${index} ${jobs[name]?.attempt}`) ?? '',
      pipeline,
      name,
      seconds: seconds(job) ?? 0,
    };
    return children.get(name)?.jobs ?? [own];
  });
  return { seconds: path.seconds, jobs: entries };
}

function familyWork(context: Sources, pipeline: string): number {
  const { plan, jobs } = context.pipelines.state(pipeline);
  return plan.jobs.reduce((sum, job) => {
    const state = jobs[job.name];
    const child = ownChild(context, state);
    if (child !== undefined) return sum + familyWork(context, child);
    return sum + (job.kind === 'script' ? (secondsOf(context, job, state) ?? 0) : 0);
  }, 0);
}

/** Jobs that ran at once or, before the end, that can run at once. */
function slotsOf({ pipelines, runners }: Sources, root: PipelineRecord, lanes: number): number {
  const job = pipelines.state(root.id).plan.jobs.find(({ kind }) => kind === 'script');
  const capacity = root.finishedAt === undefined && job !== undefined ? runners.capacity(root, job) : 1;
  return Math.max(1, lanes, capacity);
}

function boundOf({ seconds, work, slots }: Pick<Timeline['bound'], 'seconds' | 'work' | 'slots'>): Timeline['bound'] {
  const shared = work / slots;
  const by = shared > seconds ? 'work' : 'critical path';
  return { seconds: Math.max(seconds, shared), by, work, slots };
}

function sumsOf(bars: readonly TimelineBar[]): Timeline['sums'] {
  const seconds = (from: string, to: string) => Math.max(0, Date.parse(to) - Date.parse(from)) / 1000;
  const sums = { waiting: 0, transfer: 0, running: 0 };
  for (const { queuedAt, startedAt, finishedAt, parts = [] } of bars) {
    if (startedAt === undefined) continue;
    if (queuedAt !== undefined) sums.waiting += seconds(queuedAt, startedAt);
    if (finishedAt === undefined) continue;
    sums.running += seconds(startedAt, finishedAt);
    for (const part of parts) sums.transfer += part.seconds;
  }
  return sums;
}
