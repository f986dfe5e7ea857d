/** A job that may start. */
interface ReadyJob {
  readonly key: string;
  /** Expected seconds until all that waits for it is done. */
  readonly path: number;
  start(): void;
}

/** Jobs that wait for their turn, the longest remaining path first and then the oldest. */
export class ReadyQueue {
  /** The next one last. */
  readonly #jobs: ReadyJob[] = [];
  readonly #keys = new Set<string>();

  get size(): number {
    return this.#jobs.length;
  }

  add(job: ReadyJob): void {
    let [low, high] = [0, this.#jobs.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#jobs[middle] as ReadyJob).path < job.path) low = middle + 1;
      else high = middle;
    }
    this.#jobs.splice(low, 0, job);
    this.#keys.add(job.key);
  }

  next(): ReadyJob | undefined {
    const job = this.#jobs.pop();
    if (job !== undefined) this.#keys.delete(job.key);
    return job;
  }

  remove(key: string): void {
    if (!this.#keys.delete(key)) return;
    this.#jobs.splice(
      this.#jobs.findIndex((job) => job.key === key),
      1,
    );
  }
}
