import type { PipelineLedger } from '../coordinator/index.ts';
import type { Database } from './database.ts';

interface Sum {
  readonly seconds: number;
  readonly count: number;
}

export interface JobHistory extends Pick<PipelineLedger, 'durations'> {
  /** A run has succeeded that took so many seconds. */
  ran(makes: string, seconds: number): void;
  /** From now on `durations` tells what has been learned since. */
  renew(): void;
}

/** What jobs took: read from the database once, then kept. */
export function jobHistory(database: Database): JobHistory {
  let sums: Map<string, Sum> | undefined;
  let told: ReadonlyMap<string, number> | undefined;
  return {
    ran: (makes, seconds) => {
      const known = sums?.get(makes) ?? { seconds: 0, count: 0 };
      sums?.set(makes, { seconds: known.seconds + seconds, count: known.count + 1 });
    },
    renew: () => {
      told = undefined;
    },
    durations: () => {
      sums ??= readSums(database);
      told ??= new Map([...sums].map(([makes, { seconds, count }]) => [makes, seconds / count]));
      return told;
    },
  };
}

function readSums(database: Database): Map<string, Sum> {
  const rows = database.all(
    `SELECT makes, COUNT(*) AS count, SUM((julianday(finished_at) - julianday(started_at)) * 86400.0) AS seconds
       FROM job_runs WHERE status = 'success' AND started_at IS NOT NULL GROUP BY makes`,
  );
  return new Map(rows.map((row) => [String(row.makes), { seconds: Number(row.seconds), count: Number(row.count) }]));
}
