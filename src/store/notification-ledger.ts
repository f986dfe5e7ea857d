import type { Condition, DestinationState, NotificationLedger, NotifiedEvent } from '../notify/index.ts';
import type { Database } from './database.ts';

const READER = 'notifications';
const SAME = 'kind = ? AND stack = ? AND subject = ?';
const NEVER_FAILED = { attempts: 0, isReported: false };

type Row = Readonly<Record<string, string | number | undefined>>;
type About = Pick<Condition, 'kind' | 'stack' | 'subject'>;

/** Records notifications, and the conditions that they depend on, in SQLite. */
export function createNotificationLedger(database: Database): NotificationLedger {
  const eventsOf = (destination: string, message: string): readonly NotifiedEvent[] =>
    database
      .all('SELECT event FROM notifications WHERE destination = ? AND message = ? ORDER BY id', destination, message)
      .map(({ event }) => JSON.parse(String(event)) as NotifiedEvent);
  const begun = (destination: string): string | undefined =>
    database.get<{ message: string }>(
      'SELECT message FROM notifications WHERE destination = ? AND message IS NOT NULL ORDER BY id LIMIT 1',
      destination,
    )?.message;
  return {
    atomically: (work) => database.transaction(work),
    cursor: () =>
      database.get<{ position: number }>('SELECT position FROM feed_readers WHERE name = ?', READER)?.position,
    saveCursor: (position) => database.replace('feed_readers', { name: READER, position }),
    condition: (about) => {
      const row = database.get(`SELECT * FROM conditions WHERE ${SAME}`, ...keyOf(about));
      return row && conditionOf(row);
    },
    conditions: (kind) => database.all('SELECT * FROM conditions WHERE kind = ?', kind).map(conditionOf),
    saveCondition: ({ kind, stack = '', subject, isBad, occasion, reportedTo }) =>
      database.replace('conditions', {
        kind,
        stack,
        subject,
        occasion,
        is_bad: isBad ? 1 : 0,
        reported_to: JSON.stringify(reportedTo),
      }),
    forgetCondition: (about) => database.run(`DELETE FROM conditions WHERE ${SAME}`, ...keyOf(about)),
    add: (destination, event) =>
      void database.insert('notifications', { destination, at: event.at, event: JSON.stringify(event) }),
    state: (destination) => ({
      ...(database.get<Pick<DestinationState, 'waiting' | 'oldest'>>(
        'SELECT COUNT(*) AS waiting, MIN(at) AS oldest FROM notifications WHERE destination = ?',
        destination,
      ) ?? { waiting: 0 }),
      ...failureOf(
        database.get(
          `SELECT attempts, retry_at AS retryAt, problem, failing_since AS failingSince, is_reported AS isReported
             FROM failing_destinations WHERE name = ?`,
          destination,
        ),
      ),
    }),
    message: (destination, { id, limit }) =>
      database.transaction(() => {
        const known = begun(destination);
        if (known === undefined)
          database.run(
            `UPDATE notifications SET message = ? WHERE id IN
               (SELECT id FROM notifications WHERE destination = ? ORDER BY id LIMIT ?)`,
            id,
            destination,
            limit,
          );
        const events = eventsOf(destination, known ?? id);
        return events.length === 0 ? undefined : { id: known ?? id, events };
      }),
    remove: (destination, message) =>
      database.run('DELETE FROM notifications WHERE destination = ? AND message = ?', destination, message),
    setFailure: (name, failure) => {
      if (failure === undefined) return database.run('DELETE FROM failing_destinations WHERE name = ?', name);
      const { attempts, retryAt, problem, failingSince, isReported } = failure;
      const times = { retry_at: retryAt, failing_since: failingSince };
      database.replace('failing_destinations', { name, attempts, problem, ...times, is_reported: isReported ? 1 : 0 });
    },
    expire: (before) =>
      database.transaction(() => {
        const { count } = database.get<{ count: number }>(
          'SELECT COUNT(*) AS count FROM notifications WHERE at < ?',
          before,
        ) ?? { count: 0 };
        database.run('DELETE FROM notifications WHERE at < ?', before);
        return count;
      }),
  };
}

function keyOf({ kind, stack = '', subject }: About): [string, string, string] {
  return [kind, stack, subject];
}

function conditionOf({ kind, stack, subject, is_bad: isBad, occasion, reported_to: reportedTo }: Row): Condition {
  return {
    kind: kind as Condition['kind'],
    ...(stack === '' ? {} : { stack: String(stack) }),
    subject: String(subject),
    isBad: isBad === 1,
    ...(occasion === undefined ? {} : { occasion: Number(occasion) }),
    reportedTo: JSON.parse(String(reportedTo)) as string[],
  };
}

function failureOf(row: Row | undefined): Omit<DestinationState, 'waiting' | 'oldest'> {
  if (row === undefined) return NEVER_FAILED;
  const { isReported, ...failure } = row as unknown as Omit<DestinationState, 'isReported'> & { isReported: number };
  return { ...failure, isReported: isReported === 1 };
}
