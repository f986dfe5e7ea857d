import { OrderedQueue } from '../../kit/index.ts';
import type { JobRun, PipelineRecord } from '../../pipeline/index.ts';
import type { AskedJob } from '../fleet/runner-traits.ts';

/** A job that waits for a runner. */
export interface ReadyJob {
  readonly run: JobRun;
  /** What it builds, and for which root of the mirror. */
  readonly build: string | undefined;
  /** Expected seconds from its start to the end of the longest chain of jobs that wait for it. */
  readonly path: number;
}

/** Jobs of one pipeline with the same tags. */
export interface ReadyGroup {
  readonly record: PipelineRecord;
  /** What the plans of these jobs have in common. */
  readonly job: AskedJob;
  readonly jobs: OrderedQueue<ReadyJob>;
}

/** The first job of a group, as it stands among those of other groups. */
interface Head {
  readonly group: ReadyGroup;
  readonly job: ReadyJob;
}

/** Compares jobs that wait: the one with the longest remaining path goes first, then the oldest. */
export function compareReady(one: ReadyJob, other: ReadyJob): number {
  const [queued, otherQueued] = [one.run.queuedAt ?? '', other.run.queuedAt ?? ''];
  if (one.path !== other.path) return other.path - one.path;
  if (queued !== otherQueued) return queued < otherQueued ? -1 : 1;
  return Number(one.run.id) - Number(other.run.id);
}

/** The jobs of a stack that the same runners may take, from pipelines of the same trust. */
export class ReadyLane {
  /** What the jobs have in common. */
  readonly job: ReadyGroup['job'];
  /** Number of the last change after which a runner may find a job here. */
  change = 0;
  readonly #groups = new Map<string, ReadyGroup>();
  readonly #heads = new OrderedQueue<Head>((one, other) => compareReady(one.job, other.job));
  readonly #headOf = new Map<ReadyGroup, Head>();
  /** Groups whose first job may be another than the one in `#heads`. */
  readonly #outdated = new Set<ReadyGroup>();

  constructor(job: ReadyGroup['job']) {
    this.job = job;
  }

  get isEmpty(): boolean {
    return this.#groups.size === 0;
  }

  /** By pipeline. */
  get groups(): Iterable<ReadyGroup> {
    return this.#groups.values();
  }

  add(record: PipelineRecord, ready: ReadyJob): void {
    const group = this.#groups.get(record.id) ?? {
      record,
      job: this.job,
      jobs: new OrderedQueue<ReadyJob>(compareReady),
    };
    this.#groups.set(record.id, group);
    group.jobs.add(ready);
    this.#outdated.add(group);
  }

  delete(ready: ReadyJob): void {
    const group = this.#groups.get(ready.run.pipeline);
    if (group === undefined || !group.jobs.delete(ready)) return;
    this.#outdated.add(group);
    if (group.jobs.size === 0) this.#groups.delete(group.record.id);
  }

  /**
   * Returns the first job in order that may run: of a pipeline without an obstacle, and free by itself. It costs what
   * there are pipelines with obstacles and jobs that are not free before it.
   */
  first(mayRun: (record: PipelineRecord) => boolean, isFree: (job: ReadyJob) => boolean): ReadyJob | undefined {
    this.#renewHeads();
    let found: ReadyJob | undefined;
    this.#heads.first(({ group, job }) => {
      if (found !== undefined && compareReady(found, job) <= 0) return true;
      const first = mayRun(group.record) ? group.jobs.first(isFree) : undefined;
      if (first !== undefined && (found === undefined || compareReady(first, found) < 0)) found = first;
      return found === job;
    });
    return found;
  }

  #renewHeads(): void {
    for (const group of this.#outdated) {
      const [before, job] = [this.#headOf.get(group), group.jobs.first()];
      if (before !== undefined && before.job === job) continue;
      if (before !== undefined) this.#heads.delete(before);
      this.#headOf.delete(group);
      if (job === undefined) continue;
      const head = { group, job };
      this.#headOf.set(group, head);
      this.#heads.add(head);
    }
    this.#outdated.clear();
  }
}
