/** Wakes those who wait for a change: its mark changes with every call of `notify`. */
export class ChangeSignal {
  #count = 0;
  readonly #waiting = new Set<() => void>();

  mark(): string {
    return String(this.#count);
  }

  notify(): void {
    this.#count += 1;
    for (const wake of this.#waiting) wake();
  }

  /** Resolves when the mark is another than `mark`, or when the signal is aborted. */
  changed(mark: string, signal: AbortSignal): Promise<void> {
    if (mark !== this.mark() || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        this.#waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#waiting.add(done);
      signal.addEventListener('abort', done);
    });
  }
}
