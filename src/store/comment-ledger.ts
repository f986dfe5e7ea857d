import type { CommentLedger, DueComment } from '../coordinator/index.ts';
import type { Database } from './database.ts';

const SAME = 'stack = ? AND request = ?';

/** Comments on requests: triggers count what has changed about each, and here is what of that was written. */
export function comments(database: Database): CommentLedger {
  return {
    dueComments: (stack) =>
      database
        .all<Omit<DueComment, 'isChanged'> & { isChanged: number }>(
          `SELECT stack, request, revision, revision > written AS isChanged, digest, occasion, posts, at,
             check_at AS checkAt
             FROM request_comments WHERE stack = ? AND (revision > written OR check_at IS NOT NULL)
            ORDER BY at, CAST(request AS INTEGER)`,
          stack,
        )
        .map((row) => ({ ...row, isChanged: row.isChanged === 1 })),
    commentWritten: ({ stack, request, revision }, written) =>
      database.transaction(() => {
        const sql = `UPDATE request_comments SET written = ?, check_at = ?, problem = NULL WHERE ${SAME}`;
        database.run(sql, revision, written?.checkAt, stack, request);
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
    commentNotWritten: ({ stack, request, revision }, { isFinal, checkAt }) =>
      database.transaction(() => {
        database.run(`UPDATE request_comments SET check_at = ? WHERE ${SAME}`, checkAt, stack, request);
        if (!isFinal) return;
        const sql = `UPDATE request_comments SET written = ?, problem = NULL WHERE ${SAME}`;
        database.run(sql, revision, stack, request);
      }),
    checkDueComments: (stack, at) =>
      database.run('UPDATE request_comments SET check_at = ? WHERE stack = ? AND revision > written', at, stack),
    commentForbidden: ({ stack, request }, problem) =>
      database.run(`UPDATE request_comments SET problem = ? WHERE ${SAME}`, JSON.stringify(problem), stack, request),
    commentProblem: (stack) => {
      const sql = `SELECT problem FROM request_comments WHERE stack = ? AND revision > written AND problem IS NOT NULL`;
      const problem = database.get<{ problem: string }>(sql, stack)?.problem;
      return problem === undefined ? undefined : (JSON.parse(problem) as ReturnType<CommentLedger['commentProblem']>);
    },
  };
}
