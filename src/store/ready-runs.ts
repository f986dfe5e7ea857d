import type { JobRun } from '../pipeline/index.ts';
import type { Database } from './database.ts';
import { runColumns } from './rows.ts';

/** Job runs that wait for a runner: read from the database once, then kept in step with what is written. */
export class ReadyRuns {
  readonly #database: Database;
  #runs: Map<string, JobRun> | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Oldest first. */
  all(): Iterable<JobRun> {
    this.#runs ??= new Map(
      this.#database
        .all<JobRun>(`SELECT ${runColumns} FROM job_runs WHERE status = 'pending' ORDER BY job_runs.id`)
        .map((run) => [run.id, run]),
    );
    return this.#runs.values();
  }

  /** Runs as they have just been written. */
  update(runs: readonly JobRun[]): void {
    for (const run of runs) {
      if (run.status === 'pending') this.#runs?.set(run.id, run);
      else this.#runs?.delete(run.id);
    }
  }
}
