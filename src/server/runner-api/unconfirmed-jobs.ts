/** Milliseconds in which a runner must send a request for its job. */
const DEADLINE_MS = 5 * 60_000;

/** Assigned jobs whose runner has not sent a request for them: the answer may have been lost with its connection. */
export class UnconfirmedJobs {
  readonly #due = new Map<string, number>();

  add(job: string, now: number): void {
    this.#due.set(job, now + DEADLINE_MS);
  }

  /** The runner sent a request for the job. */
  confirm(job: string): void {
    this.#due.delete(job);
  }

  /** Removes and returns the jobs whose deadline has passed. */
  takeOverdue(now: number): readonly string[] {
    const overdue = [...this.#due].filter(([, due]) => due <= now).map(([job]) => job);
    for (const job of overdue) this.#due.delete(job);
    return overdue;
  }
}
