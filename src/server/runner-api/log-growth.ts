import type { JobService } from './job-service.ts';

const KEPT = 1000;

/** How long the logs of jobs have become, for those who watch; only of logs that grew in this process. */
export class LogGrowth {
  readonly #sizes = new Map<string, number>();
  readonly #listeners = new Set<() => void>();

  size(job: string): number | undefined {
    return this.#sizes.get(job);
  }

  grown(job: string, size: number): void {
    this.#sizes.delete(job);
    this.#sizes.set(job, size);
    const [oldest] = this.#sizes.keys();
    if (this.#sizes.size > KEPT && oldest !== undefined) this.#sizes.delete(oldest);
    for (const listener of this.#listeners) listener();
  }

  onGrowth(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** The jobs, with its logs listened to. */
  at(jobs: JobService): JobService {
    return {
      ...jobs,
      appendTrace: async (session, offset, bytes) => {
        const result = await jobs.appendTrace(session, offset, bytes);
        if (result.outcome === 'accepted') this.grown(String(session.jobId), result.size);
        return result;
      },
    };
  }
}
