import type { StatusLedger, StatusRecord, UnpostedStatus } from '../coordinator/index.ts';
import type { Database } from './database.ts';

const COLUMNS = 's.stack, s.sha, s.context, s.state, s.outcome, description, detail, url, failure, pipeline, s.at';
const SAME = 'stack = ? AND sha = ? AND context = ?';

/** Statuses of commits, which of them the forge has, and how many it was sent. */
export function statuses(database: Database): StatusLedger {
  return {
    saveStatus: (status) =>
      database.transaction(() => {
        const { stack, sha, context } = status;
        const newest = database.get<StatusRecord>(
          `SELECT state, outcome, description, url FROM statuses WHERE ${SAME} ORDER BY id DESC LIMIT 1`,
          stack,
          sha,
          context,
        );
        if (newest !== undefined && isSame(newest, status)) return false;
        const failure = status.failure && JSON.stringify(status.failure);
        const { state, outcome, description, detail, url, pipeline, at } = status;
        const shown = { state, outcome, description, detail, url, failure, pipeline, at };
        database.insert('statuses', { stack, sha, context, ...shown });
        return true;
      }),
    statuses: (stack) =>
      database
        .all<StatusRow<ReturnType<StatusLedger['statuses']>[number]>>(
          `SELECT ${COLUMNS}, p.problem FROM statuses AS s LEFT JOIN status_posts AS p USING (stack, sha, context)
            WHERE s.id IN (SELECT MAX(id) FROM statuses WHERE stack = ? GROUP BY sha, context) ORDER BY s.id`,
          stack,
        )
        .map(statusOf),
    statusesOf: (stack, sha) =>
      database
        .all<StatusRow<StatusRecord>>(
          `SELECT ${COLUMNS} FROM statuses AS s
            WHERE s.id IN (SELECT MAX(id) FROM statuses WHERE stack = ? AND sha = ? GROUP BY context) ORDER BY s.context`,
          stack,
          sha,
        )
        .map(statusOf),
    unpostedStatuses: (stack) =>
      database
        .all<StatusRow<UnpostedStatus>>(
          `SELECT CAST(id AS TEXT) AS id, ${COLUMNS} FROM statuses AS s WHERE stack = ? AND posted = 0 AND NOT EXISTS (
             SELECT 1 FROM statuses AS n
              WHERE n.stack = s.stack AND n.sha = s.sha AND n.context = s.context AND n.id > s.id
           ) ORDER BY s.id`,
          stack,
        )
        .map(statusOf),
    newestStatuses: (stack, sha) =>
      database
        .all<StatusRow<UnpostedStatus>>(
          `SELECT CAST(id AS TEXT) AS id, ${COLUMNS} FROM statuses AS s
            WHERE id IN (SELECT MAX(id) FROM statuses WHERE stack = ? AND sha = ? GROUP BY context) ORDER BY s.id`,
          stack,
          sha,
        )
        .map(statusOf),
    tipsWithStatuses: (stack) =>
      database
        .all<{ sha: string }>(
          `SELECT DISTINCT sha FROM refs AS r WHERE stack = ? AND ref NOT LIKE 'refs/tags/%'
             AND EXISTS (SELECT 1 FROM statuses AS s WHERE s.stack = r.stack AND s.sha = r.sha)`,
          stack,
        )
        .map(({ sha }) => sha),
    statusMissing: ({ id, stack, sha, context }) =>
      database.transaction(() => {
        database.run('UPDATE statuses SET posted = 0 WHERE id = ?', Number(id));
        database.run(`UPDATE status_posts SET state = NULL WHERE ${SAME}`, stack, sha, context);
      }),
    statusPosts: ({ stack, sha, context }) =>
      database.get(`SELECT posts, state, outcome, at FROM status_posts WHERE ${SAME}`, stack, sha, context) ?? {
        posts: 0,
      },
    statusPosted: (status, at) =>
      database.transaction(() => {
        settle(database, status);
        const { stack, sha, context, state, outcome } = status;
        database.run(
          `INSERT INTO status_posts (stack, sha, context, posts, state, outcome, at) VALUES (?, ?, ?, 1, ?, ?, ?)
             ON CONFLICT DO UPDATE SET posts = posts + 1, state = excluded.state, outcome = excluded.outcome,
               at = excluded.at, problem = NULL`,
          stack,
          sha,
          context,
          state,
          outcome,
          at,
        );
      }),
    statusNotPosted: (status, { message, isFinal }) =>
      database.transaction(() => {
        if (isFinal) settle(database, status);
        const { stack, sha, context } = status;
        database.run(
          `INSERT INTO status_posts (stack, sha, context, problem) VALUES (?, ?, ?, ?)
             ON CONFLICT DO UPDATE SET problem = excluded.problem`,
          stack,
          sha,
          context,
          message,
        );
      }),
  };
}

type StatusRow<Status> = Omit<Status, 'failure'> & { readonly failure?: string };

function statusOf<Status>({ failure, ...row }: StatusRow<Status>): Status {
  return { ...row, ...(failure === undefined ? {} : { failure: JSON.parse(failure) as unknown }) } as Status;
}

/** Marks this status and those before it, which are not to be posted any more. */
function settle(database: Database, { stack, sha, context, id }: UnpostedStatus): void {
  const sql = `UPDATE statuses SET posted = 1 WHERE ${SAME} AND id <= ? AND posted = 0`;
  database.run(sql, stack, sha, context, Number(id));
}

function isSame(one: StatusRecord, other: StatusRecord): boolean {
  const shown = ({ state, outcome, description, url }: StatusRecord) => [state, outcome, description, pageOf(url)];
  return JSON.stringify(shown(one)) === JSON.stringify(shown(other));
}

/** Returns what counts of a link: a server that came back under another address has nothing new to report. */
function pageOf(url: string | undefined): string | undefined {
  return url?.replace(/^\w+:\/\/[^/]*/, '');
}
