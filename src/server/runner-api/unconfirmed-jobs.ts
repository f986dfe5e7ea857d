/** Milliseconds in which a runner must show that a job has reached it. */
const DEADLINE_MS = 5 * 60_000;

/**
 * Jobs that were given away, and of which nothing has been heard since: the answer may have been lost with its
 * connection.
 */
export class UnconfirmedJobs {
  readonly #due = new Map<string, number>();

  given(job: string, now: number): void {
    this.#due.set(job, now + DEADLINE_MS);
  }

  /** The runner spoke of the job: it has it. */
  confirm(job: string): void {
    this.#due.delete(job);
  }

  /** Those whose deadline has passed; each is given out once. */
  takeOverdue(now: number): readonly string[] {
    const overdue = [...this.#due].filter(([, due]) => due <= now).map(([job]) => job);
    for (const job of overdue) this.#due.delete(job);
    return overdue;
  }
}
