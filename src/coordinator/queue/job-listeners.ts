import type { JobOffers, JobReference, PipelineStore } from '../../pipeline/index.ts';

/**
 * Notifies runners that there is a job, or that one is canceled. The jobs themselves wait in the store, so that nothing
 * is lost with this process.
 */
export class JobListeners implements JobOffers {
  readonly #store: Pick<PipelineStore, 'latestRun'>;
  readonly #ready = new Set<() => void>();
  readonly #canceled = new Set<(run: string) => void>();

  constructor(store: Pick<PipelineStore, 'latestRun'>) {
    this.#store = store;
  }

  /** Calls back whenever a job has become ready for a runner. Returns a function that stops the calls. */
  onOffer(listener: () => void): () => void {
    this.#ready.add(listener);
    return () => this.#ready.delete(listener);
  }

  /**
   * Calls back with a job run's id when it is to be canceled while a runner has it. A runner that misses this learns it
   * with its next request: the state is `canceling`. Returns a function that stops the calls.
   */
  onCancel(listener: (run: string) => void): () => void {
    this.#canceled.add(listener);
    return () => this.#canceled.delete(listener);
  }

  offer(): void {
    for (const listener of this.#ready) listener();
  }

  /** The store knows that the job has ended. */
  withdraw(): void {}

  cancel({ pipeline, job }: JobReference): void {
    const run = this.#store.latestRun(pipeline, job);
    if (run !== undefined) for (const listener of this.#canceled) listener(run.id);
  }
}
