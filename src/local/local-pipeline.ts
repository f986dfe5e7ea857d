import { isFailureAllowed, jobPlan, type JobState, type PipelineState, type PipelineStore } from '../pipeline/index.ts';
import type { JobPlan, PipelinePlan } from '../gitlab/index.ts';

/** A pipeline of a run as reporters see it: always as it is now. */
export class LocalPipeline {
  readonly id: string;
  readonly #store: PipelineStore;
  readonly #state: PipelineState;
  readonly #prefix: string;

  constructor(store: PipelineStore, id: string) {
    const parent = store.record(id)?.parent;
    this.id = id;
    this.#store = store;
    this.#state = store.state(id);
    this.#prefix = parent === undefined ? '' : `${new LocalPipeline(store, parent.pipeline).pathOf(parent.job)} / `;
  }

  get plan(): PipelinePlan {
    return this.#state.plan;
  }

  get status(): PipelineState['status'] {
    return this.#state.status;
  }

  job(name: string): JobState {
    return this.#state.jobs[name] as JobState;
  }

  planOf(name: string): JobPlan {
    return jobPlan(this.plan, name) as JobPlan;
  }

  /** Returns what a job is called in events and at the beginning of its lines: the names on the way to it. */
  pathOf(job: string): string {
    return this.#prefix + job;
  }

  /** Returns the newest child pipeline of a trigger job. */
  childOf(job: string): LocalPipeline | undefined {
    const { child } = this.job(job);
    return child === undefined ? undefined : new LocalPipeline(this.#store, child);
  }

  isFailureAllowed(job: JobState): boolean {
    return isFailureAllowed(this.planOf(job.name), job);
  }
}
