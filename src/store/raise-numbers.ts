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
  const known = database.get('SELECT seq FROM sqlite_sequence WHERE name = ?', table);
  if (Number(known?.seq ?? 0) >= used) return;
  if (known === undefined) database.run('INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)', table, used);
  else database.run('UPDATE sqlite_sequence SET seq = ? WHERE name = ?', used, table);
}
