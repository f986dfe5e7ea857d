import type { ForgeLedger } from '../coordinator/index.ts';
import { commands } from './command-ledger.ts';
import { comments } from './comment-ledger.ts';
import type { Database } from './database.ts';
import { publications } from './publication-ledger.ts';
import { requests } from './request-ledger.ts';
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
