import type { DueComment, ForgeLedger } from '../coordinator/index.ts';
import type { Database } from './database.ts';

const SAME = 'stack = ? AND request = ?';

/** Comments on requests: triggers count what has changed about each, and here is what of that was written. */
export function comments(database: Database) {
  return {
    dueComments: (stack) =>
      database.all<DueComment>(
        `SELECT stack, request, revision, digest, occasion, posts, at FROM request_comments
          WHERE stack = ? AND revision > written ORDER BY at, CAST(request AS INTEGER)`,
        stack,
      ),
    commentWritten: ({ stack, request, revision }, written) =>
      database.transaction(() => {
        const sql = `UPDATE request_comments SET written = ?, problem = NULL WHERE ${SAME}`;
        database.run(sql, revision, stack, request);
        if (written === undefined) return;
        const { digest, occasion, at } = written;
        database.run(
          `UPDATE request_comments SET posts = CASE WHEN occasion IS ? THEN posts + ? ELSE ? END, digest = ?,
             occasion = ?, at = COALESCE(?, at) WHERE ${SAME}`,
          occasion,
          at === undefined ? 0 : 1,
          at === undefined ? 0 : 1,
          digest,
          occasion,
          at,
          stack,
          request,
        );
      }),
    commentForbidden: ({ stack, request }, problem) =>
      database.run(`UPDATE request_comments SET problem = ? WHERE ${SAME}`, JSON.stringify(problem), stack, request),
    commentProblem: (stack) => {
      const sql = `SELECT problem FROM request_comments WHERE stack = ? AND revision > written AND problem IS NOT NULL`;
      const problem = database.get<{ problem: string }>(sql, stack)?.problem;
      return problem === undefined ? undefined : (JSON.parse(problem) as ReturnType<ForgeLedger['commentProblem']>);
    },
  } satisfies Partial<ForgeLedger>;
}
