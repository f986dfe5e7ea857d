import type { JobPlan } from '../../gitlab/index.ts';
import { memoized, quotedList } from '../../kit/index.ts';
import { jobPlan, type JobRun, type PipelineRecord } from '../../pipeline/index.ts';
import type { Coordinator } from '../coordinator.ts';
import type { RunnerTraits } from '../fleet/runner-traits.ts';
import { isExternal } from '../identities/is-external.ts';
import { compareReady, type ReadyJob } from './ready-lane.ts';

/** What a job waits for, the kinds that need a person first. */
export const waitKinds = ['runner', 'quota', 'build', 'promotion', 'resource', 'memory', 'slot', 'time'] as const;

interface Wait {
  readonly kind: (typeof waitKinds)[number];
  /** A sentence without a full stop. */
  readonly text: string;
  /** The job that it waits for. */
  readonly job?: string;
  readonly until?: string;
}

/** A job that waits for something else than other jobs of its pipeline. */
export interface WaitingJob {
  readonly run: JobRun;
  readonly record: PipelineRecord;
  readonly since: string | undefined;
  /** Place among those of its stack that wait for a slot. */
  readonly position?: number;
  readonly wait: Wait;
}

/**
 * Returns all jobs that wait for a runner, a resource or a time, by what they wait for, and in the order in which they
 * are handed out. It costs what there are such jobs and jobs that run.
 */
export function waitingJobs(coordinator: Coordinator): readonly WaitingJob[] {
  const ready = readyJobs(coordinator).toSorted((a, b) => rank(a) - rank(b));
  const places = new Map<string, number>();
  const placed = ready.map((job): WaitingJob => {
    if (job.wait.kind !== 'slot') return job;
    const position = (places.get(job.record.stack) ?? 0) + 1;
    places.set(job.record.stack, position);
    return { ...job, position };
  });
  return [...placed, ...heldJobs(coordinator)].toSorted((a, b) => rank(a) - rank(b));
}

function rank({ wait }: WaitingJob): number {
  return waitKinds.indexOf(wait.kind);
}

/** The jobs that a runner could have next, by what keeps each from it, in the order of the scheduler. */
function readyJobs(coordinator: Coordinator): readonly WaitingJob[] {
  const { context, ready } = coordinator;
  const { runners, quotas, stacks } = context;
  const room = memoized((runner: RunnerTraits) => roomOn(coordinator, runner));
  const obstacleNow = quotas.jobObstacles();
  const quotaOf = memoized((pipeline: string) => obstacleNow(context.pipelines.record(pipeline) as PipelineRecord));
  const found: { readonly ready: ReadyJob; readonly waiting: WaitingJob }[] = [];
  for (const { record, job, jobs } of ready.groups()) {
    if (job.kind !== 'script' || isExternal(record) || !stacks.has(record.stack)) continue;
    const stuck = runners.obstacle(record, job);
    const shared = stuck === undefined ? quotaWait(quotaOf(record.id)) : ({ kind: 'runner', text: stuck } as const);
    const takers = runners.takers(record, job);
    const names = quotedList(takers.map(({ name }) => name));
    const slot = { kind: 'slot', text: `Waits for a slot of ${names}` } as const;
    const rooms = takers.flatMap((runner) => room(runner) ?? []);
    for (const one of jobs) {
      const wait = shared ?? buildWait(coordinator, one) ?? memoryWait(one, rooms) ?? slot;
      found.push({ ready: one, waiting: { run: one.run, record, since: one.run.queuedAt, wait } });
    }
  }
  return found.toSorted((a, b) => compareReady(a.ready, b.ready)).map(({ waiting }) => waiting);
}

function quotaWait(text: string | undefined): Wait | undefined {
  return text === undefined ? undefined : { kind: 'quota', text };
}

function buildWait({ live, promoter }: Coordinator, { run, build }: ReadyJob): Wait | undefined {
  if (build === undefined) return undefined;
  const other = live.builderOf(build);
  if (other !== undefined)
    return { kind: 'build', text: `Waits for job ${other.id}, which builds the same package`, job: other.id };
  if (!promoter.holds(run.pipeline, build)) return undefined;
  return { kind: 'promotion', text: 'The package may be promoted from a pull request' };
}

type Shortage = ReturnType<Coordinator['admission']['shortage']>;

/** Returns the check of a runner's machine; undefined while all its slots are taken. */
function roomOn({ live, admission }: Coordinator, runner: RunnerTraits): Shortage | undefined {
  return live.of(runner.name).length < runner.concurrency ? admission.shortage(runner) : undefined;
}

/** Slots of runners are free, but the machine of none of them has room. */
function memoryWait({ run }: ReadyJob, rooms: readonly Shortage[]): Wait | undefined {
  const reasons = rooms.map((shortage) => shortage(run));
  const [text] = reasons;
  return text === undefined || reasons.includes(undefined) ? undefined : { kind: 'memory', text };
}

/** The jobs that wait for a resource or for a time. */
function heldJobs({ context }: Coordinator): readonly WaitingJob[] {
  const { pipelines } = context;
  const held = pipelines.runsInStatus(['waiting_for_resource', 'scheduled']);
  const holders = held.some(({ status }) => status === 'waiting_for_resource')
    ? resourceHolders(context)
    : new Map<string, JobRun>();
  return held.flatMap((run): readonly WaitingJob[] => {
    const record = pipelines.record(run.pipeline);
    const state = pipelines.state(run.pipeline);
    const job = jobPlan(state.plan, run.name);
    const { queuedAt, scheduledAt, status } = state.jobs[run.name] ?? {};
    if (record === undefined || job === undefined || status !== run.status) return [];
    const wait =
      status === 'scheduled'
        ? ({ kind: 'time', text: 'The job is delayed', until: scheduledAt } as const)
        : resourceWait(job, holders.get(`${record.stack} ${job.resourceGroup}`));
    return [{ run, record, since: queuedAt, wait }];
  });
}

function resourceWait({ resourceGroup }: JobPlan, holder: JobRun | undefined): Wait {
  const text = `Waits for the resource group \`${resourceGroup}\``;
  return holder === undefined
    ? { kind: 'resource', text }
    : { kind: 'resource', text: `${text}, which job ${holder.id} holds`, job: holder.id };
}

/** Jobs by the resource that they hold. */
function resourceHolders({ pipelines }: Coordinator['context']): ReadonlyMap<string, JobRun> {
  const holding = pipelines.runsInStatus(['pending', 'running', 'canceling']);
  return new Map(
    holding.flatMap((run) => {
      const group = jobPlan(pipelines.state(run.pipeline).plan, run.name)?.resourceGroup;
      const stack = pipelines.record(run.pipeline)?.stack;
      return group === undefined ? [] : [[`${stack} ${group}`, run] as const];
    }),
  );
}
