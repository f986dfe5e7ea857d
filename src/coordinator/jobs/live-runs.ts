import type { JobRun, PipelineRecord } from '../../pipeline/index.ts';
import type { PipelineRecords } from '../context.ts';
import { buildOf } from './mirror-access.ts';

interface LiveRun {
  readonly run: JobRun;
  /** What it builds, and for which root of the mirror. */
  readonly build: string | undefined;
}

/** The jobs that runners have now: read from the store at the first look, then kept in step with it. */
export class LiveRuns {
  readonly #context: PipelineRecords;
  readonly #ended: () => void;
  /** By pipeline and job, of which at most one attempt is live; undefined before the first look. */
  #live: Map<string, LiveRun> | undefined;
  readonly #builders = new Map<string, JobRun>();
  readonly #counts = new Map<string, number>();

  /** Calls back whenever a runner has a job no longer. */
  constructor(context: PipelineRecords, ended: () => void) {
    this.#context = context;
    this.#ended = ended;
    context.pipelines.watchRuns((runs) => {
      if (this.#live !== undefined) for (const run of runs) this.#changed(this.#live, run);
    });
  }

  /** Returns how many jobs a runner has, by its name. */
  countOf(runner: string): number {
    this.#read();
    return this.#counts.get(runner) ?? 0;
  }

  /** Returns the job that builds a package for a root of the mirror. */
  builderOf(build: string): JobRun | undefined {
    this.#read();
    return this.#builders.get(build);
  }

  #read(): void {
    if (this.#live !== undefined) return;
    this.#live = new Map();
    for (const run of this.#context.pipelines.runsInStatus(['running', 'canceling'])) this.#changed(this.#live, run);
  }

  #changed(all: Map<string, LiveRun>, run: JobRun): void {
    const key = `${run.pipeline} ${run.job ?? run.name}`;
    const before = all.get(key);
    if (before !== undefined) this.#remove(before);
    all.delete(key);
    if (run.status !== 'running' && run.status !== 'canceling') {
      if (before !== undefined) this.#ended();
      return;
    }
    const live = { run, build: this.#buildOf(run) };
    all.set(key, live);
    this.#count(run, 1);
    if (live.build !== undefined) this.#builders.set(live.build, run);
  }

  #remove({ run, build }: LiveRun): void {
    this.#count(run, -1);
    if (build !== undefined && this.#builders.get(build)?.id === run.id) this.#builders.delete(build);
  }

  #count({ runner = '' }: JobRun, change: 1 | -1): void {
    const count = (this.#counts.get(runner) ?? 0) + change;
    if (count === 0) this.#counts.delete(runner);
    else this.#counts.set(runner, count);
  }

  #buildOf({ pipeline, job }: JobRun): string | undefined {
    const { pipelines } = this.#context;
    const plan = pipelines.state(pipeline).plan.jobs[job ?? -1];
    return plan && buildOf(pipelines.record(pipeline) as PipelineRecord, plan);
  }
}
