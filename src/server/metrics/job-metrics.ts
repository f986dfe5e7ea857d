import type { PipelineLedger } from '../../coordinator/index.ts';
import { BoundedMap } from '../../kit/index.ts';
import { isFinal, type JobRun } from '../../pipeline/index.ts';
import { Counter, Histogram } from './counter.ts';
import type { Metric } from './open-metrics.ts';

const SECONDS = [1, 5, 15, 60, 300, 900, 3600, 10_800, 43_200];
/** Runs whose end was counted; an end may be reported more than once. */
const REMEMBERED = 10_000;

/** Counts the jobs that end, and how long they waited and ran. */
export class JobMetrics {
  readonly #counted = new BoundedMap<string, true>(REMEMBERED);
  readonly #ended = new Counter({
    name: 'slipway_jobs_ended',
    help: 'Jobs that ended, by status and by the reason of the failure.',
  });
  readonly #running = new Histogram({
    name: 'slipway_job_duration_seconds',
    help: 'How long jobs ran.',
    bounds: SECONDS,
  });
  readonly #waiting = new Histogram({
    name: 'slipway_job_wait_seconds',
    help: 'How long jobs were ready before they started.',
    bounds: SECONDS,
  });

  constructor(pipelines: Pick<PipelineLedger, 'watchRuns' | 'record'>) {
    pipelines.watchRuns((runs) => {
      for (const run of runs) if (isFinal(run.status)) this.#count(run, pipelines.record(run.pipeline)?.stack ?? '');
    });
  }

  metrics(): readonly Metric[] {
    return [this.#ended.metric(), this.#running.metric(), this.#waiting.metric()];
  }

  #count({ id, status, failureReason = '', queuedAt, startedAt, finishedAt }: JobRun, stack: string): void {
    if (id !== '' && this.#counted.has(id)) return;
    this.#counted.set(id, true);
    this.#ended.add({ stack, status, reason: status === 'failed' ? failureReason : '' });
    observe(this.#waiting, { stack }, [queuedAt, startedAt]);
    observe(this.#running, { stack, status }, [startedAt, finishedAt]);
  }
}

function observe(
  histogram: Histogram,
  labels: Readonly<Record<string, string>>,
  [from, to]: readonly [string | undefined, string | undefined],
): void {
  const seconds = (Date.parse(to ?? '') - Date.parse(from ?? '')) / 1000;
  if (seconds >= 0) histogram.observe(labels, seconds);
}
