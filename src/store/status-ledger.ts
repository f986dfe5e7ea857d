import type { ForgeLedger, StatusRecord, UnpostedStatus } from '../coordinator/index.ts';
import type { Database } from './database.ts';

const COLUMNS = 's.stack, s.sha, s.context, s.state, description, detail, url, failure, s.at';
const SAME = 'stack = ? AND sha = ? AND context = ?';

/** Statuses of commits, which of them the forge has, and how many it was sent. */
export function statuses(database: Database) {
  return {
    saveStatus: ({ stack, sha, context, state, description, detail, url, failure, at }) =>
      database.transaction(() => {
        const newest = database.get<StatusRecord>(
          `SELECT state, description, url FROM statuses WHERE ${SAME} ORDER BY id DESC LIMIT 1`,
          stack,
          sha,
          context,
        );
        const isSame =
          newest?.state === state && newest.description === description && pageOf(newest.url) === pageOf(url);
        if (!isSame) {
          const row = { stack, sha, context, state, description, detail, url, at };
          database.insert('statuses', { ...row, failure: failure && JSON.stringify(failure) });
        }
        return !isSame;
      }),
    statuses: (stack) =>
      database
        .all<StatusRow<ReturnType<ForgeLedger['statuses']>[number]>>(
          `SELECT ${COLUMNS}, p.problem FROM statuses AS s LEFT JOIN status_posts AS p USING (stack, sha, context)
            WHERE s.id IN (SELECT MAX(id) FROM statuses WHERE stack = ? GROUP BY sha, context) ORDER BY s.id`,
          stack,
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
    statusPosts: ({ stack, sha, context }) =>
      database.get(`SELECT posts, state, at FROM status_posts WHERE ${SAME}`, stack, sha, context) ?? { posts: 0 },
    statusPosted: (status, at) =>
      database.transaction(() => {
        settle(database, status);
        const { stack, sha, context, state } = status;
        database.run(
          `INSERT INTO status_posts (stack, sha, context, posts, state, at) VALUES (?, ?, ?, 1, ?, ?)
             ON CONFLICT DO UPDATE SET posts = posts + 1, state = excluded.state, at = excluded.at, problem = NULL`,
          stack,
          sha,
          context,
          state,
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
  } satisfies Partial<ForgeLedger>;
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

/** Returns what counts of a link: a server that came back under another address has nothing new to report. */
function pageOf(url: string | undefined): string | undefined {
  return url?.replace(/^\w+:\/\/[^/]*/, '');
}
