import type { JobRun, PipelineRecord } from '../../pipeline/index.ts';
import type { PipelineRecords } from '../context.ts';
import { buildOf } from '../mirror/mirror-access.ts';

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
  readonly #byRunner = new Map<string, Map<string, JobRun>>();

  /** Calls back whenever a runner has a job no longer. */
  constructor(context: PipelineRecords, ended: () => void) {
    this.#context = context;
    this.#ended = ended;
    context.pipelines.watchRuns((runs) => {
      if (this.#live !== undefined) for (const run of runs) this.#changed(this.#live, run);
    });
  }

  /** Returns the jobs that a runner has, by its name. */
  of(runner: string): readonly JobRun[] {
    this.#read();
    return [...(this.#byRunner.get(runner)?.values() ?? [])];
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
    if (before !== undefined) this.#remove(key, before);
    all.delete(key);
    if (run.status !== 'running' && run.status !== 'canceling') {
      if (before !== undefined) this.#ended();
      return;
    }
    const live = { run, build: this.#buildOf(run) };
    all.set(key, live);
    const { runner = '' } = run;
    this.#byRunner.set(runner, (this.#byRunner.get(runner) ?? new Map<string, JobRun>()).set(key, run));
    if (live.build !== undefined) this.#builders.set(live.build, run);
  }

  #remove(key: string, { run, build }: LiveRun): void {
    const { runner = '' } = run;
    const others = this.#byRunner.get(runner);
    others?.delete(key);
    if (others?.size === 0) this.#byRunner.delete(runner);
    if (build !== undefined && this.#builders.get(build)?.id === run.id) this.#builders.delete(build);
  }

  #buildOf({ pipeline, job }: JobRun): string | undefined {
    const { pipelines } = this.#context;
    const plan = pipelines.state(pipeline).plan.jobs[job ?? -1];
    return plan && buildOf(pipelines.record(pipeline) as PipelineRecord, plan);
  }
}
