import type { ForgeLedger, Publication, RequestRecord } from '../coordinator/index.ts';
import { comments } from './comment-ledger.ts';
import type { Database } from './database.ts';
import { commands } from './command-ledger.ts';
import { statuses } from './status-ledger.ts';

/** Refs, events, pull requests, commands, statuses, deliveries and publications in SQLite. */
export function createForgeLedger(database: Database): ForgeLedger {
  return {
    ...projects(database),
    ...intake(database),
    ...deliveries(database),
    ...requests(database),
    ...commands(database),
    ...statuses(database),
    ...comments(database),
    ...publications(database),
  };
}

function projects(database: Database) {
  const known = (stack: string) => database.get('SELECT id FROM projects WHERE stack = ?', stack)?.id;
  return {
    projectId: (stack) => String(known(stack) ?? database.insert('projects', { stack })),
  } satisfies Partial<ForgeLedger>;
}

function intake(database: Database) {
  return {
    knownRefs: (stack) =>
      new Map(
        database
          .all<{ ref: string; sha: string }>('SELECT ref, sha FROM refs WHERE stack = ?', stack)
          .map(({ ref, sha }) => [ref, sha]),
      ),
    receive: (stack, { refs, events, at, delivery }) =>
      database.transaction(() => {
        if (delivery !== undefined)
          database.run('UPDATE deliveries SET done = 1 WHERE stack = ? AND seq <= ?', stack, Number(delivery));
        database.run('DELETE FROM refs WHERE stack = ?', stack);
        for (const [ref, sha] of refs) database.insert('refs', { stack, ref, sha });
        for (const event of events) addEvent(database, stack, { event, at });
      }),
    pendingEvents: (stack) =>
      database
        .all<{ id: string; event: string }>(
          'SELECT CAST(id AS TEXT) AS id, event FROM inbox WHERE stack = ? AND done = 0 ORDER BY inbox.id',
          stack,
        )
        .map(({ id, event }) => ({ id, event: JSON.parse(event) })),
    eventDone: (id) => database.run('UPDATE inbox SET done = 1 WHERE id = ?', Number(id)),
    savePush: (stack, push) => addPush(database, stack, push),
    pusher: (stack, ref, sha) =>
      database.get<{ actor: string }>(
        'SELECT actor FROM pushes WHERE stack = ? AND ref = ? AND sha = ?',
        stack,
        ref,
        sha,
      )?.actor,
    firstPusher: (stack, sha) =>
      database.get<{ actor: string }>(
        `SELECT actor FROM pushes WHERE stack = ? AND sha = ? AND ref LIKE 'refs/heads/%' ORDER BY at LIMIT 1`,
        stack,
        sha,
      )?.actor,
  } satisfies Partial<ForgeLedger>;
}

type ForgeEvent = Parameters<ForgeLedger['receive']>[1]['events'][number];

function addEvent(database: Database, stack: string, { event, at }: { event: ForgeEvent; at: string }): void {
  database.insert('inbox', { stack, event: JSON.stringify(event), received_at: at });
}

type PushRecord = Parameters<ForgeLedger['savePush']>[1];

function addPush(database: Database, stack: string, { ref, sha, actor, at }: PushRecord): void {
  database.replace('pushes', { stack, ref, sha, actor, at });
}

type DeliveryRecord = Parameters<ForgeLedger['saveDeliveries']>[0][number];

/** Returns false if the delivery is there already. */
function addDelivery(database: Database, { stack, id, event, push, click, at }: DeliveryRecord): boolean {
  const known = database.get('SELECT seq FROM deliveries WHERE stack = ? AND id = ?', stack, id);
  if (known !== undefined) return false;
  database.insert('deliveries', { stack, id, event, received_at: at });
  if (push !== undefined) addPush(database, stack, { ...push, at });
  if (click !== undefined) addEvent(database, stack, { event: { type: 'check-clicked', ...click }, at });
  return true;
}

function deliveries(database: Database) {
  return {
    saveDeliveries: (received, keepAfter) =>
      database.transaction(() => {
        database.run('DELETE FROM deliveries WHERE received_at < ?', keepAfter);
        return received.map((delivery) => addDelivery(database, delivery));
      }),
    newestDelivery: (stack) =>
      database.get<{ seq?: string }>(
        'SELECT CAST(MAX(seq) AS TEXT) AS seq FROM deliveries WHERE stack = ? AND done = 0',
        stack,
      )?.seq,
  } satisfies Partial<ForgeLedger>;
}

/**
 * A remote with numbers of its own assigns the next ones too: branches are counted from where it will not come.
 */
const BEYOND_FORGES = 1_000_000;

function requests(database: Database) {
  const parse = ({ request }: { request: string }) => JSON.parse(request) as RequestRecord;
  const select = (where: string, ...values: string[]) =>
    database.all<{ request: string }>(`SELECT request FROM requests WHERE ${where}`, ...values).map(parse);
  return {
    requestNumber: (stack, branch, taken = new Set()) =>
      database.transaction(() => {
        const known = database.get('SELECT number FROM request_numbers WHERE stack = ? AND branch = ?', stack, branch);
        if (known !== undefined && !taken.has(String(known.number))) return String(known.number);
        const next = database.get(
          'SELECT MAX(COALESCE(MAX(number), 0), ?) + 1 AS number FROM request_numbers WHERE stack = ?',
          taken.size === 0 ? 0 : BEYOND_FORGES,
          stack,
        );
        database.replace('request_numbers', { stack, branch, number: next?.number });
        return String(next?.number);
      }),
    saveRequest: (request) => {
      const { stack, number, state } = request;
      database.replace('requests', { stack, number, state, request: JSON.stringify(request) });
    },
    request: (stack, number) => select('stack = ? AND number = ?', stack, number)[0],
    requests: (stack) => select('stack = ? ORDER BY CAST(number AS INTEGER)', stack),
  } satisfies Partial<ForgeLedger>;
}

function publications(database: Database) {
  const parse = ({ id, state, publication }: { id: number; state: Publication['state']; publication: string }) =>
    ({ ...JSON.parse(publication), id: String(id), state }) as Publication;
  const select = (where: string, ...values: (string | number | undefined)[]) =>
    database
      .all<Parameters<typeof parse>[0]>(`SELECT id, state, publication FROM publications WHERE ${where}`, ...values)
      .map(parse);
  return {
    addPublication: (publication) => {
      const state = 'waiting';
      const row = { stack: publication.stack, state, publication: JSON.stringify(publication) };
      return { ...publication, id: database.insert('publications', row), state };
    },
    updatePublication: (id, change) =>
      database.transaction(() => {
        const [before] = select('id = ?', Number(id));
        if (before === undefined) return;
        const next = { ...before, ...change };
        const sql = 'UPDATE publications SET state = ?, publication = ? WHERE id = ?';
        database.run(sql, next.state, JSON.stringify(next), Number(id));
      }),
    publications: (stack, state) =>
      state === undefined
        ? select('stack = ? ORDER BY id', stack)
        : select('stack = ? AND state = ? ORDER BY id', stack, state),
    publication: (id) => select('id = ?', Number(id))[0],
    searchPublications: (stack, { repository, tag, contains, before, limit }) =>
      select(
        `stack = ?1 AND (?2 IS NULL OR json_extract(publication, '$.repository') = ?2)
           AND (?3 IS NULL OR json_extract(publication, '$.tag') = ?3)
           AND (?4 IS NULL OR id IN (SELECT image FROM image_packages WHERE hash = ?4))
           AND (?5 IS NULL OR id < ?5) ORDER BY id DESC LIMIT ?6`,
        stack,
        repository,
        tag,
        contains,
        before === undefined ? undefined : Number(before),
        limit,
      ),
    setImagePackages: (id, hashes) =>
      database.run(
        'INSERT OR IGNORE INTO image_packages (hash, image) SELECT value, ? FROM json_each(?)',
        Number(id),
        JSON.stringify(hashes),
      ),
  } satisfies Partial<ForgeLedger>;
}
