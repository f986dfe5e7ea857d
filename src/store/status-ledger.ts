import type { ForgeLedger, StatusRecord, UnpostedStatus } from '../coordinator/index.ts';
import type { Database, Row } from './database.ts';

type StatusLedger = Pick<
  ForgeLedger,
  'saveStatus' | 'statuses' | 'unpostedStatuses' | 'statusPosts' | 'statusPosted' | 'statusNotPosted'
>;

/** Statuses of commits, which of them the forge has, and how many it was given. */
export function statuses(database: Database): StatusLedger {
  return {
    saveStatus: (status) =>
      database.transaction(() => {
        const newest = database.get(
          'SELECT state, description, url FROM statuses WHERE stack = ? AND sha = ? AND context = ? ORDER BY id DESC LIMIT 1',
          status.stack,
          status.sha,
          status.context,
        );
        const isSame =
          newest?.state === status.state &&
          newest.description === status.description &&
          pageOf(newest.url) === pageOf(status.url ?? null);
        if (isSame) return false;
        database.run(
          'INSERT INTO statuses (stack, sha, context, state, description, detail, url, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
          status.stack,
          status.sha,
          status.context,
          status.state,
          status.description,
          status.detail ?? null,
          status.url ?? null,
          status.at,
        );
        return true;
      }),
    statuses: (stack) =>
      database
        .all(
          `SELECT s.*, p.problem FROM statuses AS s LEFT JOIN status_posts AS p USING (stack, sha, context)
            WHERE s.id IN (SELECT MAX(id) FROM statuses WHERE stack = ? GROUP BY sha, context) ORDER BY s.id`,
          stack,
        )
        .map((row) => ({
          ...statusFromRow(row),
          ...(typeof row.problem === 'string' ? { problem: row.problem } : {}),
        })),
    unpostedStatuses: (stack) =>
      database
        .all(
          `SELECT * FROM statuses AS s WHERE stack = ? AND posted = 0 AND NOT EXISTS (
             SELECT 1 FROM statuses AS n WHERE n.stack = s.stack AND n.sha = s.sha AND n.context = s.context AND n.id > s.id
           ) ORDER BY id`,
          stack,
        )
        .map((row) => ({ ...statusFromRow(row), id: String(row.id) })),
    statusPosts: ({ stack, sha, context }) => {
      const row = database.get(`SELECT posts, state, at FROM status_posts WHERE ${SAME}`, stack, sha, context);
      return {
        posts: Number(row?.posts ?? 0),
        ...(typeof row?.state === 'string' ? { state: row.state as StatusRecord['state'] } : {}),
        ...(typeof row?.at === 'string' ? { at: row.at } : {}),
      };
    },
    statusPosted: (status, at) =>
      database.transaction(() => {
        settle(database, status);
        database.run(
          `INSERT INTO status_posts (stack, sha, context, posts, state, at) VALUES (?, ?, ?, 1, ?, ?)
             ON CONFLICT DO UPDATE SET posts = posts + 1, state = excluded.state, at = excluded.at, problem = NULL`,
          ...keyOf(status),
          status.state,
          at,
        );
      }),
    statusNotPosted: (status, { message, isFinal }) =>
      database.transaction(() => {
        if (isFinal) settle(database, status);
        database.run(
          `INSERT INTO status_posts (stack, sha, context, problem) VALUES (?, ?, ?, ?)
             ON CONFLICT DO UPDATE SET problem = excluded.problem`,
          ...keyOf(status),
          message,
        );
      }),
  };
}

const SAME = 'stack = ? AND sha = ? AND context = ?';

function keyOf({ stack, sha, context }: StatusRecord): [string, string, string] {
  return [stack, sha, context];
}

/** Neither this status nor one before it is to be posted any more. */
function settle(database: Database, status: UnpostedStatus): void {
  const upTo = Number(status.id);
  database.run(`UPDATE statuses SET posted = 1 WHERE ${SAME} AND id <= ? AND posted = 0`, ...keyOf(status), upTo);
}

/** A server that came back under another address has nothing new to say: only the page counts. */
function pageOf(url: Row[string] | undefined): string | undefined {
  return url === null || url === undefined ? undefined : String(url).replace(/^\w+:\/\/[^/]*/, '');
}

function statusFromRow(row: Row): StatusRecord {
  return {
    stack: String(row.stack),
    sha: String(row.sha),
    context: String(row.context),
    state: row.state as StatusRecord['state'],
    description: String(row.description),
    ...(typeof row.detail === 'string' ? { detail: row.detail } : {}),
    ...(row.url === null ? {} : { url: String(row.url) }),
    at: String(row.at),
  };
}
