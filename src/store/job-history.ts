import type { PipelineLedger } from '../coordinator/index.ts';
import type { Database } from './database.ts';

interface Sum {
  readonly seconds: number;
  readonly count: number;
}

interface JobHistory extends Pick<PipelineLedger, 'durations'> {
  /** Records that a run has succeeded, and took so many seconds. */
  ran(makes: string, seconds: number): void;
  /** Lets `durations` include what has been recorded since. */
  renew(): void;
}

/** What jobs took: read from the database once, then kept. */
export function jobHistory(database: Database): JobHistory {
  let sums: Map<string, Sum> | undefined;
  let known: ReadonlyMap<string, number> | undefined;
  return {
    ran: (makes, seconds) => {
      const before = sums?.get(makes) ?? { seconds: 0, count: 0 };
      sums?.set(makes, { seconds: before.seconds + seconds, count: before.count + 1 });
    },
    renew: () => {
      known = undefined;
    },
    durations: () => {
      sums ??= readSums(database);
      known ??= new Map([...sums].map(([makes, { seconds, count }]) => [makes, seconds / count]));
      return known;
    },
  };
}

function readSums(database: Database): Map<string, Sum> {
  const rows = database.all<Sum & { makes: string }>(
    `SELECT makes, COUNT(*) AS count, SUM((julianday(finished_at) - julianday(started_at)) * 86400.0) AS seconds
       FROM job_runs WHERE status = 'success' AND started_at IS NOT NULL GROUP BY makes`,
  );
  return new Map(rows.map(({ makes, ...sum }) => [makes, sum]));
}
