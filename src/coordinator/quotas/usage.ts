import type { JobRun, PipelineRecord } from '../../pipeline/index.ts';
import { OrderedQueue, type Clock } from '../../kit/index.ts';
import type { RunnerRegistry } from '../fleet/runner-registry.ts';
import type { RequestLedger } from '../requests/request-ledger.ts';
import type { PipelineLedger } from '../pipeline-ledger.ts';
import { ownerKey, ownersOf, type QuotaOwner } from './quota-owner.ts';

const DAY_MS = 24 * 3600 * 1000;
const HOUR_MS = 3600 * 1000;

export interface UsageContext {
  readonly pipelines: PipelineLedger;
  readonly ledger: Pick<RequestLedger, 'request'>;
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
 * changes nothing. Runs that have ended are read once, and then each when it ends. What they used is kept as sums: only
 * jobs that run, and those that were running 24 hours ago, are looked at each time.
 */
export class Usage {
  readonly #context: UsageContext;
  /** Core-milliseconds of the spans within the last 24 hours as a whole, by owner; these spans in order. */
  readonly #whole = new Map<string, number>();
  readonly #spans = new OrderedQueue<Span>((one, other) => one.from - other.from);
  /** Spans that began earlier, and have not left these hours yet. */
  #begun: readonly Span[] = [];
  #isRead = false;
  /** Runs that have not ended as far as is known. */
  readonly #running = new Set<string>();

  constructor(context: UsageContext) {
    this.#context = context;
  }

  /** Notes a run that was assigned, which may end before the next reading. */
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
  cpuHours(): Pick<ReadonlyMap<string, number>, 'get'> {
    const now = this.#context.clock.now();
    const since = now - DAY_MS;
    const live = this.#read(now);
    for (let span = this.#spans.first(); span !== undefined && span.from < since; span = this.#spans.first()) {
      this.#spans.delete(span);
      addTo(this.#whole, span, -lengthOf(span));
      this.#begun = [...this.#begun, span];
    }
    this.#begun = this.#begun.filter(({ to }) => to > since);
    const others = new Map<string, number>();
    for (const span of [...this.#begun, ...live]) addTo(others, span, lengthOf(span, since));
    return { get: (owner) => ((this.#whole.get(owner) ?? 0) + (others.get(owner) ?? 0)) / HOUR_MS };
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

  /** Takes note of the runs that have ended, and returns the spans of those that have not. */
  #read(now: number): readonly Span[] {
    const { pipelines } = this.#context;
    const live = pipelines.runsInStatus(['running', 'canceling']);
    const isLive = new Set(live.map(({ id }) => id));
    const ended = this.#isRead
      ? Array.from(this.#running).flatMap((id) => (isLive.has(id) ? [] : (pipelines.run(id) ?? [])))
      : pipelines.runsEndedSince(new Date(now - DAY_MS).toISOString());
    this.#isRead = true;
    for (const span of ended.flatMap((run) => this.#spanOf(run, now))) {
      this.#spans.add(span);
      addTo(this.#whole, span, lengthOf(span));
    }
    this.#running.clear();
    for (const id of isLive) this.#running.add(id);
    return live.flatMap((run) => this.#spanOf(run, now));
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

/** Milliseconds of a span after a moment; the clock may have gone back meanwhile. */
function lengthOf({ from, to }: Span, since = from): number {
  return Math.max(0, to - Math.max(from, since));
}

/** Adds the time of a span to the sums of its owners. */
function addTo(sums: Map<string, number>, { owners, cores }: Span, milliseconds: number): void {
  for (const owner of owners) sums.set(owner, (sums.get(owner) ?? 0) + milliseconds * cores);
}

/** Schedules and tags are the operator's doing. */
export function isCounted({ parent, source }: Pick<PipelineRecord, 'parent' | 'source'>): boolean {
  return parent === undefined && source !== 'schedule' && source !== 'tag';
}
