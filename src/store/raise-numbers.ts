import type { Database } from './database.ts';

/** Makes the next pipeline and the next job run get higher ids than these; numbers that are higher already stay. */
export function raiseNumbers(database: Database, used: { readonly pipeline: number; readonly job: number }): void {
  database.transaction(() => {
    raise(database, 'pipelines', used.pipeline);
    raise(database, 'job_runs', used.job);
  });
}

/** `sqlite_sequence` has a row for each table that ever had one: https://sqlite.org/autoinc.html */
function raise(database: Database, table: string, used: number): void {
  database.run(
    `INSERT INTO sqlite_sequence (name, seq)
       SELECT ?1, ?2 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = ?1)`,
    table,
    used,
  );
  database.run('UPDATE sqlite_sequence SET seq = MAX(seq, ?) WHERE name = ?', used, table);
}
