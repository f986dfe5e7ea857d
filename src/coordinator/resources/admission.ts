import { memoized, steadyNow } from '../../kit/index.ts';
import type { JobPlan } from '../../gitlab/index.ts';
import { jobPlan, type JobRun } from '../../pipeline/index.ts';
import { bytesText } from '../../report/index.ts';
import type { CoordinatorContext } from '../context.ts';
import type { RunnerTraits } from '../fleet/runner-traits.ts';
import type { LiveRuns } from '../queue/live-runs.ts';
import { expectedResources, type ExpectedResources, type ResourceNeeds } from './expected-resources.ts';

type AdmissionContext = Pick<CoordinatorContext, 'pipelines' | 'packages' | 'clock'>;

/** A job that did not fit when its turn came. */
interface HeldJob {
  readonly run: string;
  readonly needs: ResourceNeeds;
  /** By the steady clock. */
  readonly since: number;
}

/** Milliseconds that other jobs may go before one that does not fit. */
const PATIENCE = 120_000;

/**
 * Keeps jobs off a machine whose memory or cores they would exceed together, by what they are expected to need. On an
 * idle machine any job starts. What becomes free is kept for a job that has waited long.
 */
export class Admission {
  readonly #context: AdmissionContext;
  readonly #live: Pick<LiveRuns, 'of'>;
  readonly #held = new Map<string, HeldJob>();
  #expected: ((job: JobPlan) => ResourceNeeds) | undefined;

  constructor(context: AdmissionContext, live: Pick<LiveRuns, 'of'>) {
    this.#context = context;
    this.#live = live;
    context.pipelines.watchRuns((runs) => runs.forEach((run) => this.#changed(run)));
  }

  /** Returns for one look at the jobs that wait, in their order, whether a runner may take one. */
  look(runner: RunnerTraits): (run: JobRun) => boolean {
    const shortage = this.shortage(runner);
    return (run) => {
      const isAdmitted = shortage(run) === undefined;
      const { name } = runner;
      if (!isAdmitted && !this.#held.has(name))
        this.#held.set(name, { run: run.id, needs: this.needsOf(run), since: this.#now });
      return isAdmitted;
    };
  }

  /** Returns why a job does not fit on a runner's machine beside those that run there, as a sentence. */
  shortage({ name, capacity }: RunnerTraits): (run: JobRun) => string | undefined {
    const running = capacity === undefined ? [] : this.#live.of(name);
    if (capacity === undefined || running.length === 0) return () => undefined;
    const free = running.map((run) => this.needsOf(run)).reduce(less, capacity);
    return (run) => {
      const needs = this.needsOf(run);
      const lack = lackOf(needs, free, name);
      const held = this.#held.get(name);
      if (lack !== undefined || held === undefined || held.run === run.id) return lack;
      const isKept = this.#now - held.since >= PATIENCE && lackOf(needs, less(free, held.needs), name) !== undefined;
      return isKept ? `What is free on \`${name}\` is kept for job ${held.run}, which has waited longer` : undefined;
    };
  }

  /** Returns what a job is expected to need. */
  needsOf(run: JobRun): ExpectedResources {
    const job = jobPlan(this.#context.pipelines.state(run.pipeline).plan, run.name);
    this.#expected ??= memoized(expectedResources(this.#context.packages));
    return job === undefined ? { memory: 0, cores: 1 } : this.#expected(job);
  }

  get #now(): number {
    return steadyNow(this.#context.clock);
  }

  /** What a job has used is in the history when its end, or a new attempt at it, is reported. */
  #changed(run: JobRun): void {
    if (run.status !== 'running' && run.status !== 'canceling') this.#expected = undefined;
    if (run.status === 'pending') return;
    for (const [runner, held] of this.#held) if (held.run === run.id) this.#held.delete(runner);
  }
}

function lackOf(needs: ResourceNeeds, free: ResourceNeeds, runner: string): string | undefined {
  const { memory, cores } = { memory: Math.max(0, free.memory), cores: Math.max(0, free.cores) };
  if (needs.memory > memory)
    return `Waits for ${bytesText(needs.memory)} of memory on \`${runner}\`, of which ${bytesText(memory)} is free`;
  if (needs.cores > cores) return `Waits for ${needs.cores} cores on \`${runner}\`, of which ${cores} are free`;
  return undefined;
}

function less(one: ResourceNeeds, other: ResourceNeeds): ResourceNeeds {
  return { memory: one.memory - other.memory, cores: one.cores - other.cores };
}
