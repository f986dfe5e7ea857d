import type { ReadyQueue, RunnerRegistry, RunnerTraits } from '../../coordinator/index.ts';

interface Waiting {
  readonly runner: RunnerTraits;
  readonly mark: string;
  readonly wake: () => void;
}

/**
 * Wakes runners that wait when there may be a job for them. A runner's mark changes only when a job comes that it can
 * take, or when something ends that such a job waited for.
 */
export class QueueSignal {
  readonly #ready: Pick<ReadyQueue, 'markFor'>;
  readonly #runners: Pick<RunnerRegistry, 'current'>;
  readonly #waiting = new Set<Waiting>();
  #isNotified = false;

  constructor(ready: Pick<ReadyQueue, 'markFor'>, runners: Pick<RunnerRegistry, 'current'>) {
    this.#ready = ready;
    this.#runners = runners;
  }

  mark(runner: RunnerTraits): string {
    return String(this.#ready.markFor(this.#runners.current(runner)));
  }

  /** Marks may have changed. Calls that follow each other at once cost as much as one. */
  notify(): void {
    if (this.#isNotified) return;
    this.#isNotified = true;
    queueMicrotask(() => {
      this.#isNotified = false;
      for (const { runner, mark, wake } of this.#waiting) if (this.mark(runner) !== mark) wake();
    });
  }

  /** Resolves when the runner's mark is another than `mark`, or when the signal is aborted. */
  changed(runner: RunnerTraits, mark: string, signal: AbortSignal): Promise<void> {
    if (mark !== this.mark(runner) || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(waiting);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const waiting = { runner, mark, wake };
      this.#waiting.add(waiting);
      signal.addEventListener('abort', wake);
    });
  }
}
