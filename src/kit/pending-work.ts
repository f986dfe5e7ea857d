/** Work in the background that callers may wait for. */
export class PendingWork {
  readonly #tasks = new Set<Promise<void>>();

  /** The task must not fail. */
  add(task: Promise<void>): void {
    const tracked = task.finally(() => this.#tasks.delete(tracked));
    this.#tasks.add(tracked);
  }

  /** Resolves when nothing is left, what was added meanwhile included. */
  async idle(): Promise<void> {
    while (this.#tasks.size > 0) await Promise.all(this.#tasks);
  }
}
