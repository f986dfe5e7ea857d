import { expectedPath, type DurationEstimate, type JobRun, type PipelineRecord } from '../../pipeline/index.ts';
import type { JobPlan, PipelinePlan } from '../../gitlab/index.ts';
import type { CoordinatorContext } from '../context.ts';
import { mayTake, type RunnerTraits } from '../fleet/runner-traits.ts';
import { isExternal } from '../identities/is-external.ts';
import { jobOfRun } from '../jobs/damaged-runs.ts';
import { expectedSeconds } from './expected-seconds.ts';
import { buildOf } from '../mirror/mirror-access.ts';
import { ReadyLane, type ReadyGroup, type ReadyJob } from './ready-lane.ts';

type QueueContext = Pick<CoordinatorContext, 'pipelines' | 'packages'>;

/** A lane, and what decides which runners may take its jobs. */
interface PlacedLane extends Pick<PipelineRecord, 'stack' | 'trust'> {
  /** Another CI system runs its jobs. */
  readonly isExternal: boolean;
  readonly lane: ReadyLane;
}

/** Where a run waits. */
interface Place {
  readonly lane: ReadyLane;
  readonly key: string;
  readonly ready: ReadyJob;
}

/** Under which jobs without tags are kept; no tag is empty. */
const UNTAGGED = '';

/**
 * The jobs that wait for a runner: read from the store at the first look, then kept in step with it. They are kept in
 * lanes by stack, trust and tags, and the lanes by their first tag, so that a look costs what there are lanes with a
 * tag of the runner and what is new, however many jobs and pipelines wait.
 */
export class ReadyQueue {
  readonly #context: QueueContext;
  readonly #damaged: (run: JobRun, error: unknown) => void;
  /** Runs that came since the last look; undefined before the first one. */
  #added: Map<string, JobRun> | undefined;
  /** By first tag, then by all that decides who may take its jobs. */
  readonly #lanes = new Map<string, Map<string, PlacedLane>>();
  readonly #places = new Map<string, Place>();
  /** Remaining paths of the jobs of a plan, by what was known when the first of them became ready. */
  readonly #paths = new WeakMap<PipelinePlan, ReadonlyMap<string, number>>();
  /** How long jobs take, by what was known when the last pipeline was created. */
  readonly #estimates = new WeakMap<ReadonlyMap<string, number>, (job: JobPlan) => DurationEstimate>();
  /** Changes so far, over all lanes. */
  #changes = 0;

  /** Calls back with stored runs that do not match their pipelines, which no runner gets. */
  constructor(context: QueueContext, damaged: (run: JobRun, error: unknown) => void) {
    this.#context = context;
    this.#damaged = damaged;
    context.pipelines.watchRuns((runs) => {
      for (const run of runs) this.#changed(run);
    });
  }

  /** Returns the pipelines with jobs that wait. */
  pipelines(): ReadonlySet<string> {
    const added = Array.from(this.#read().values(), ({ pipeline }) => pipeline);
    return new Set([...added, ...Array.from(this.#places.values(), ({ ready }) => ready.run.pipeline)]);
  }

  /** Returns all jobs that wait, by pipeline and tags. */
  groups(): readonly ReadyGroup[] {
    this.#place();
    return [...this.#lanes.values()].flatMap((lanes) => [...lanes.values()].flatMap(({ lane }) => [...lane.groups]));
  }

  /** Returns the lanes whose jobs a runner may take, by stack. */
  lanesFor(runner: RunnerTraits): ReadonlyMap<string, readonly ReadyLane[]> {
    this.#place();
    const found = new Map<string, ReadyLane[]>();
    for (const tag of new Set([UNTAGGED, ...runner.tags]))
      for (const { stack, trust, isExternal: isElsewhere, lane } of this.#lanes.get(tag)?.values() ?? [])
        if (!isElsewhere && mayTake(runner, { stack, trust }, lane.job))
          found.set(stack, [...(found.get(stack) ?? []), lane]);
    return found;
  }

  /** Returns a number that changes whenever there may be a job for the runner that it did not find before. */
  markFor(runner: RunnerTraits): number {
    const changes = [...this.lanesFor(runner).values()].flatMap((lanes) => lanes.map(({ change }) => change));
    return Math.max(0, ...changes);
  }

  /** Something ended that jobs may have waited for. */
  freed(): void {
    for (const lanes of this.#lanes.values()) for (const { lane } of lanes.values()) lane.change = this.#changes += 1;
  }

  #read(): Map<string, JobRun> {
    this.#added ??= new Map(this.#context.pipelines.runsInStatus(['pending']).map((run) => [run.id, run]));
    return this.#added;
  }

  #changed(run: JobRun): void {
    this.#remove(run.id);
    if (run.status === 'pending') this.#added?.set(run.id, run);
  }

  #remove(id: string): void {
    this.#added?.delete(id);
    const place = this.#places.get(id);
    if (place === undefined) return;
    this.#places.delete(id);
    place.lane.delete(place.ready);
    if (!place.lane.isEmpty) return;
    const tag = firstTag(place.lane.job);
    const lanes = this.#lanes.get(tag);
    lanes?.delete(place.key);
    if (lanes?.size === 0) this.#lanes.delete(tag);
  }

  /** Takes up the runs that came since the last look. */
  #place(): void {
    const added = this.#read();
    const records = new Map<string, PipelineRecord>();
    for (const run of added.values()) {
      added.delete(run.id);
      try {
        const record = records.get(run.pipeline) ?? this.#context.pipelines.record(run.pipeline);
        if (record === undefined) throw new Error(`pipeline ${run.pipeline} is not stored`);
        records.set(run.pipeline, record);
        this.#add(run, record);
      } catch (error) {
        this.#damaged(run, error);
      }
    }
  }

  /** Throws if the run does not match its pipeline. */
  #add(run: JobRun, record: PipelineRecord): void {
    const { plan } = this.#context.pipelines.state(run.pipeline);
    const job = jobOfRun(plan, run);
    const { stack, trust } = record;
    const image = trust === 'untrusted' ? job.image : undefined;
    const shared = { kind: job.kind, tags: job.tags.toSorted(), ...(image === undefined ? {} : { image }) };
    const key = JSON.stringify([stack, trust, isExternal(record), shared.kind, shared.tags, image !== undefined]);
    const lanes = this.#lanes.get(firstTag(shared)) ?? new Map<string, PlacedLane>();
    this.#lanes.set(firstTag(shared), lanes);
    const made = () => ({ stack, trust, isExternal: isExternal(record), lane: new ReadyLane(shared) });
    const placed = lanes.get(key) ?? made();
    lanes.set(key, placed);
    const ready = { run, build: buildOf(record, job), path: this.#pathsOf(plan).get(run.name) ?? 0 };
    this.#places.set(run.id, { lane: placed.lane, key, ready });
    placed.lane.add(record, ready);
    placed.lane.change = this.#changes += 1;
  }

  #pathsOf(plan: PipelinePlan): ReadonlyMap<string, number> {
    const found = this.#paths.get(plan) ?? expectedPath(plan, this.#estimate());
    this.#paths.set(plan, found);
    return found;
  }

  #estimate(): (job: JobPlan) => DurationEstimate {
    const { pipelines, packages } = this.#context;
    // Another object for each pipeline that is created.
    const durations = pipelines.durations();
    const found = this.#estimates.get(durations) ?? expectedSeconds(packages);
    this.#estimates.set(durations, found);
    return found;
  }
}

function firstTag({ tags }: Pick<JobPlan, 'tags'>): string {
  return tags[0] ?? UNTAGGED;
}
