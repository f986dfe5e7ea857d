import type { ForgeLedger, Publication, RequestRecord } from '../coordinator/index.ts';
import type { Database, Row } from './database.ts';
import { deliveries, markDeliveries } from './delivery-ledger.ts';
import { publicationFromRow } from './rows.ts';
import { statuses } from './status-ledger.ts';

/** Refs, events, pull requests, statuses, deliveries and publications in SQLite. */
export function createForgeLedger(database: Database): ForgeLedger {
  return {
    ...projects(database),
    ...intake(database),
    ...requests(database),
    ...statuses(database),
    ...deliveries(database),
    ...publications(database),
  };
}

function projects(database: Database): Pick<ForgeLedger, 'projectId'> {
  const known = (stack: string) => database.get('SELECT id FROM projects WHERE stack = ?', stack)?.id;
  return {
    projectId: (stack) =>
      String(known(stack) ?? database.insert('INSERT INTO projects (stack) VALUES (?) RETURNING id', stack)),
  };
}

function intake(
  database: Database,
): Pick<ForgeLedger, 'knownRefs' | 'receive' | 'pendingEvents' | 'eventDone' | 'savePush' | 'pusher'> {
  return {
    knownRefs: (stack) =>
      new Map(
        database
          .all('SELECT ref, sha FROM refs WHERE stack = ?', stack)
          .map((row) => [String(row.ref), String(row.sha)]),
      ),
    receive: (stack, { refs, events, at, delivery }) =>
      database.transaction(() => {
        if (delivery !== undefined) markDeliveries(database, stack, delivery);
        database.run('DELETE FROM refs WHERE stack = ?', stack);
        for (const [ref, sha] of refs)
          database.run('INSERT INTO refs (stack, ref, sha) VALUES (?, ?, ?)', stack, ref, sha);
        for (const event of events) {
          database.run(
            'INSERT INTO inbox (stack, event, received_at) VALUES (?, ?, ?)',
            stack,
            JSON.stringify(event),
            at,
          );
        }
      }),
    pendingEvents: (stack) =>
      database
        .all('SELECT id, event FROM inbox WHERE stack = ? AND done = 0 ORDER BY id', stack)
        .map((row) => ({ id: String(row.id), event: JSON.parse(String(row.event)) })),
    eventDone: (id) => database.run('UPDATE inbox SET done = 1 WHERE id = ?', Number(id)),
    savePush: (stack, { ref, sha, actor, at }) =>
      database.run(
        'INSERT OR REPLACE INTO pushes (stack, ref, sha, actor, at) VALUES (?, ?, ?, ?, ?)',
        stack,
        ref,
        sha,
        actor,
        at,
      ),
    pusher: (stack, ref, sha) => {
      const row = database.get('SELECT actor FROM pushes WHERE stack = ? AND ref = ? AND sha = ?', stack, ref, sha);
      return row === undefined ? undefined : String(row.actor);
    },
  };
}

/**
 * Where a remote has numbers of its own, it gives the next ones too: branches are counted from where it will not come.
 */
const BEYOND_FORGES = 1_000_000;

function requests(database: Database): Pick<ForgeLedger, 'requestNumber' | 'saveRequest' | 'request' | 'requests'> {
  const fromRow = (row: Row): RequestRecord => JSON.parse(String(row.request)) as RequestRecord;
  return {
    requestNumber: (stack, branch, taken = new Set()) =>
      database.transaction(() => {
        const known = database.get('SELECT number FROM request_numbers WHERE stack = ? AND branch = ?', stack, branch);
        if (known !== undefined && !taken.has(String(known.number))) return String(known.number);
        const { next } = database.get(
          'SELECT MAX(COALESCE(MAX(number), 0), ?) + 1 AS next FROM request_numbers WHERE stack = ?',
          taken.size === 0 ? 0 : BEYOND_FORGES,
          stack,
        ) as Row;
        database.run(
          'INSERT OR REPLACE INTO request_numbers (stack, branch, number) VALUES (?, ?, ?)',
          stack,
          branch,
          Number(next),
        );
        return String(next);
      }),
    saveRequest: (request) =>
      database.run(
        'INSERT OR REPLACE INTO requests (stack, number, state, request) VALUES (?, ?, ?, ?)',
        request.stack,
        request.number,
        request.state,
        JSON.stringify(request),
      ),
    request: (stack, number) => {
      const row = database.get('SELECT request FROM requests WHERE stack = ? AND number = ?', stack, number);
      return row === undefined ? undefined : fromRow(row);
    },
    requests: (stack) =>
      database.all('SELECT request FROM requests WHERE stack = ? ORDER BY CAST(number AS INTEGER)', stack).map(fromRow),
  };
}

function publications(database: Database): Pick<ForgeLedger, 'addPublication' | 'updatePublication' | 'publications'> {
  const columns = 'SELECT id, state, publication FROM publications';
  const all = (stack: string, state?: Publication['state']): Publication[] =>
    (state === undefined
      ? database.all(`${columns} WHERE stack = ? ORDER BY id`, stack)
      : database.all(`${columns} WHERE stack = ? AND state = ? ORDER BY id`, stack, state)
    ).map(publicationFromRow);
  return {
    addPublication: (publication) => {
      const id = database.insert(
        "INSERT INTO publications (stack, state, publication) VALUES (?, 'waiting', ?) RETURNING id",
        publication.stack,
        JSON.stringify(publication),
      );
      return { ...publication, id, state: 'waiting' };
    },
    updatePublication: (id, change) =>
      database.transaction(() => {
        const row = database.get('SELECT id, state, publication FROM publications WHERE id = ?', Number(id));
        if (row === undefined) return;
        const next = { ...publicationFromRow(row), ...change };
        database.run(
          'UPDATE publications SET state = ?, publication = ? WHERE id = ?',
          next.state,
          JSON.stringify(next),
          Number(id),
        );
      }),
    publications: all,
  };
}
