import { jobOrder, type Candidate, type Duration, type JobRun, type PipelineRecord } from '../../pipeline/index.ts';
import type { JobPlan } from '../../gitlab/index.ts';
import { OrderedQueue } from '../../kit/index.ts';
import type { PipelineRecords } from '../context.ts';
import { jobOfRun } from './damaged-runs.ts';
import { buildOf } from './mirror-access.ts';

/** A job that waits for a runner. */
export interface ReadyJob extends Candidate {
  readonly run: JobRun;
  /** What it builds, and for which root of the mirror. */
  readonly build: string | undefined;
}

/** Jobs that the same runners may take under the same conditions: of one pipeline, with the same tags. */
interface ReadyGroup {
  readonly record: PipelineRecord;
  /** What the plans of these jobs have in common. */
  readonly job: Pick<JobPlan, 'kind' | 'tags'>;
  jobs: OrderedQueue<ReadyJob>;
}

/**
 * The jobs that wait for a runner: read from the store at the first look, then kept in step with it. A look costs what
 * there are groups and what is new, however many jobs wait.
 */
export class ReadyQueue {
  readonly #context: PipelineRecords;
  /** Runs that came since the last look; undefined before the first one. */
  #added: Map<string, JobRun> | undefined;
  readonly #groups = new Map<string, ReadyGroup>();
  readonly #waiting = new Map<string, { readonly group: string; readonly ready: ReadyJob }>();
  #durations: Duration = () => undefined;

  constructor(context: PipelineRecords) {
    this.#context = context;
    context.pipelines.watchRuns((runs) => {
      for (const run of runs) this.#changed(run);
    });
  }

  /** Returns the pipelines with jobs that wait. */
  pipelines(): ReadonlySet<string> {
    const added = Array.from(this.#read().values(), ({ pipeline }) => pipeline);
    return new Set([...added, ...Array.from(this.#groups.values(), ({ record }) => record.id)]);
  }

  /**
   * Returns all groups, in each of which the first job is the one that most of the work still waits for. Calls back
   * with stored runs that do not match their pipelines, which are in none.
   */
  groups(durations: Duration, damaged: (run: JobRun, error: unknown) => void): Iterable<ReadyGroup> {
    const added = this.#read();
    if (durations !== this.#durations) this.#reorder(durations);
    for (const run of added.values()) {
      added.delete(run.id);
      try {
        this.#add(run);
      } catch (error) {
        damaged(run, error);
      }
    }
    return this.#groups.values();
  }

  /** Compares jobs of any groups as they stand in them. */
  compare(one: ReadyJob, other: ReadyJob): number {
    return jobOrder(this.#durations)(one, other) || Number(one.run.id) - Number(other.run.id);
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
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    const group = this.#groups.get(waiting.group);
    group?.jobs.delete(waiting.ready);
    if (group?.jobs.size === 0) this.#groups.delete(waiting.group);
  }

  /** Throws if the run does not match its pipeline. */
  #add(run: JobRun): void {
    const { pipelines } = this.#context;
    const { plan } = pipelines.state(run.pipeline);
    const { kind, tags, ...job } = jobOfRun(plan, run);
    const record = pipelines.record(run.pipeline) as PipelineRecord;
    const build = buildOf(record, { kind, tags, ...job });
    const ready = { run, build, plan, job: run.name, queuedAt: run.queuedAt ?? '' };
    const key = JSON.stringify([run.pipeline, kind, tags]);
    const group = this.#groups.get(key) ?? { record, job: { kind, tags }, jobs: this.#newQueue() };
    this.#groups.set(key, group);
    this.#waiting.set(run.id, { group: key, ready });
    group.jobs.add(ready);
  }

  #reorder(durations: Duration): void {
    this.#durations = durations;
    for (const group of this.#groups.values()) group.jobs = this.#newQueue(group.jobs);
  }

  #newQueue(jobs: Iterable<ReadyJob> = []): OrderedQueue<ReadyJob> {
    return new OrderedQueue<ReadyJob>((one, other) => this.compare(one, other), jobs);
  }
}
