/** Wakes runners that wait for work: a mark that changes with every ring. */
export class QueueBell {
  #count = 0;
  readonly #waiting = new Set<() => void>();

  mark(): string {
    return String(this.#count);
  }

  ring(): void {
    this.#count += 1;
    for (const wake of this.#waiting) wake();
  }

  /** Resolves when the mark is another than `mark`, or when the signal is aborted. */
  changed(mark: string, signal: AbortSignal): Promise<void> {
    if (mark !== this.mark() || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        this.#waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#waiting.add(done);
      signal.addEventListener('abort', done);
    });
  }
}
