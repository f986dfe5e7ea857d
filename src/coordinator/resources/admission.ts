import { steadyNow } from '../../kit/index.ts';
import { jobPlan, type JobRun } from '../../pipeline/index.ts';
import type { CoordinatorContext } from '../context.ts';
import type { RunnerTraits } from '../fleet/runner-traits.ts';
import { expectedResources, type ResourceNeeds } from './expected-resources.ts';

type AdmissionContext = Pick<CoordinatorContext, 'pipelines' | 'packages' | 'clock'>;

/** A job that did not fit when its turn came. */
interface HeldJob {
  readonly run: string;
  readonly needs: ResourceNeeds;
  /** By the steady clock. */
  readonly since: number;
}

type RunningJobs = Map<string, { readonly runner: string; readonly needs: ResourceNeeds }>;

/** Milliseconds that other jobs may go before one that does not fit. */
const PATIENCE = 120_000;

/**
 * Keeps jobs off a machine whose memory or cores they would exceed together, by what they are expected to need. On an
 * idle machine any job starts. What becomes free is kept for a job that has waited long.
 */
export class Admission {
  readonly #context: AdmissionContext;
  /** Needs of the jobs that runners have, by pipeline and job; undefined before the first look. */
  #running: RunningJobs | undefined;
  readonly #held = new Map<string, HeldJob>();
  #expected: ReturnType<typeof expectedResources> | undefined;

  constructor(context: AdmissionContext) {
    this.#context = context;
    context.pipelines.watchRuns((runs) => runs.forEach((run) => this.#changed(run)));
  }

  /** Returns for one look at the jobs that wait, in their order, whether a runner may take one. */
  look({ name, capacity }: RunnerTraits): (run: JobRun) => boolean {
    if (capacity === undefined) return () => true;
    const taken = [...this.#read().values()].flatMap(({ runner, needs }) => (runner === name ? [needs] : []));
    if (taken.length === 0) return () => true;
    const free = taken.reduce(less, capacity);
    return (run) => {
      const needs = this.needsOf(run);
      const held = this.#held.get(name);
      const isKept = held !== undefined && held.run !== run.id && this.#now - held.since >= PATIENCE;
      const left = isKept ? less(free, held.needs) : free;
      const isAdmitted = needs.memory <= left.memory && needs.cores <= left.cores;
      if (!isAdmitted && held === undefined) this.#held.set(name, { run: run.id, needs, since: this.#now });
      return isAdmitted;
    };
  }

  /** Returns what a job is expected to need. */
  needsOf(run: JobRun): ResourceNeeds {
    // From then on, what ends renews the expectation.
    this.#read();
    const job = jobPlan(this.#context.pipelines.state(run.pipeline).plan, run.name);
    this.#expected ??= expectedResources(this.#context.packages);
    return job === undefined ? { memory: 0, cores: 1 } : this.#expected(job);
  }

  get #now(): number {
    return steadyNow(this.#context.clock);
  }

  #read(): RunningJobs {
    if (this.#running !== undefined) return this.#running;
    this.#running = new Map();
    for (const run of this.#context.pipelines.runsInStatus(['running', 'canceling'])) this.#changed(run);
    return this.#running;
  }

  /** A new attempt at a job takes the place of the one before, whose end is not reported. */
  #changed(run: JobRun): void {
    if (run.status !== 'pending')
      for (const [runner, held] of this.#held) if (held.run === run.id) this.#held.delete(runner);
    if (this.#running === undefined) return;
    const key = `${run.pipeline} ${run.job ?? run.name}`;
    const isRunning = run.status === 'running' || run.status === 'canceling';
    if (isRunning && run.runner !== undefined) {
      if (!this.#running.has(key)) this.#running.set(key, { runner: run.runner, needs: this.needsOf(run) });
      return;
    }
    // What it used is in the history by now.
    if (this.#running.delete(key)) this.#expected = undefined;
  }
}

function less(one: ResourceNeeds, other: ResourceNeeds): ResourceNeeds {
  return { memory: one.memory - other.memory, cores: one.cores - other.cores };
}
