import type { JobRun, PipelineRecord } from '../../pipeline/index.ts';
import type { Clock } from '../../kit/index.ts';
import type { RunnerRegistry } from '../jobs/runner-registry.ts';
import type { ForgeLedger, PipelineLedger } from '../ports.ts';
import { ownerKey, ownersOf, type QuotaOwner } from './quota-owner.ts';

const DAY_MS = 24 * 3600 * 1000;
const HOUR_MS = 3600 * 1000;

export interface UsageContext {
  readonly pipelines: PipelineLedger;
  readonly ledger: Pick<ForgeLedger, 'request'>;
  readonly runners: RunnerRegistry;
  readonly clock: Clock;
}

/** Time in which a job had cores, in milliseconds since 1970. */
interface Span {
  readonly owners: readonly string[];
  readonly from: number;
  readonly to: number;
  readonly cores: number;
}

/**
 * What stacks, authors and pull requests have used. It is derived from the stored runs and pipelines, so a restart
 * changes nothing. Runs that have ended are read once, and then each when it ends.
 */
export class Usage {
  readonly #context: UsageContext;
  #ended: Span[] | undefined;
  /** Runs that have not ended as far as is known. */
  readonly #running = new Set<string>();

  constructor(context: UsageContext) {
    this.#context = context;
  }

  /** Notes a run that was assigned: it may end before anybody looks. */
  started(run: string): void {
    this.#running.add(run);
  }

  /** Jobs that runners have now, by owner. */
  jobs(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const run of this.#context.pipelines.runsInStatus(['running', 'canceling']))
      for (const key of this.#ownersOf(run)) counts.set(key, (counts.get(key) ?? 0) + 1);
    return counts;
  }

  /** CPU-hours of the last 24 hours, by owner: the time of each job times the cores of its runner. */
  cpuHours(): ReadonlyMap<string, number> {
    const now = this.#context.clock.now();
    const hours = new Map<string, number>();
    for (const { owners, from, to, cores } of this.#spans(now)) {
      const used = (Math.max(0, to - Math.max(from, now - DAY_MS)) * cores) / HOUR_MS;
      for (const key of owners) hours.set(key, (hours.get(key) ?? 0) + used);
    }
    return hours;
  }

  /** When the pipelines of an owner were created that count in this hour, the oldest first. */
  pipelines(owner: QuotaOwner): readonly number[] {
    const { pipelines, ledger, clock } = this.#context;
    const since = new Date(clock.now() - HOUR_MS).toISOString();
    const key = ownerKey(owner);
    return pipelines
      .createdSince(owner.stack, since)
      .filter((record) => isCounted(record) && ownersOf({ ledger }, record).some((one) => ownerKey(one) === key))
      .map(({ createdAt }) => Date.parse(createdAt))
      .toSorted((a, b) => a - b);
  }

  #spans(now: number): readonly Span[] {
    const { pipelines } = this.#context;
    const since = new Date(now - DAY_MS).toISOString();
    const live = pipelines.runsInStatus(['running', 'canceling']);
    const liveIds = new Set(live.map(({ id }) => id));
    if (this.#ended === undefined) {
      this.#ended = pipelines.runsEndedSince(since).flatMap((run) => this.#spanOf(run, now));
    } else {
      const gone = [...this.#running].filter((id) => !liveIds.has(id));
      for (const id of gone) this.#ended.push(...this.#spanOf(pipelines.run(id), now));
      this.#ended = this.#ended.filter(({ to }) => to > now - DAY_MS);
    }
    this.#running.clear();
    for (const id of liveIds) this.#running.add(id);
    return [...this.#ended, ...live.flatMap((run) => this.#spanOf(run, now))];
  }

  #spanOf(run: JobRun | undefined, now: number): readonly Span[] {
    if (run?.startedAt === undefined) return [];
    const to = run.finishedAt === undefined ? now : Date.parse(run.finishedAt);
    const cores = this.#context.runners.named(run.runner ?? '')?.cores ?? 1;
    return [{ owners: this.#ownersOf(run), from: Date.parse(run.startedAt), to, cores }];
  }

  #ownersOf({ pipeline }: JobRun): readonly string[] {
    const record = this.#context.pipelines.record(pipeline);
    return record === undefined ? [] : ownersOf(this.#context, record).map(ownerKey);
  }
}

/** Schedules and tags are the operator's doing. */
export function isCounted({ parent, source }: Pick<PipelineRecord, 'parent' | 'source'>): boolean {
  return parent === undefined && source !== 'schedule' && source !== 'tag';
}
