import { BoundedMap } from '../../kit/index.ts';

const KEPT = 1000;

/** The sizes of logs that grew in this process, for those who watch them. */
export class LogGrowth {
  readonly #sizes = new BoundedMap<string, number>(KEPT);
  readonly #listeners = new Set<() => void>();

  size(job: string): number | undefined {
    return this.#sizes.get(job);
  }

  grown(job: string, size: number): void {
    this.#sizes.set(job, size);
    for (const listener of this.#listeners) listener();
  }

  onGrowth(listener: () => void): void {
    this.#listeners.add(listener);
  }
}
