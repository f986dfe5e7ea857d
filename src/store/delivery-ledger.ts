import type { ForgeLedger } from '../coordinator/index.ts';
import type { Database } from './database.ts';

/** Webhook deliveries in SQLite. */
export function deliveries(database: Database): Pick<ForgeLedger, 'saveDelivery' | 'newestDelivery'> {
  return {
    saveDelivery: (stack, { id, event, body, at, keepAfter }) =>
      database.transaction(() => {
        database.run('DELETE FROM deliveries WHERE received_at < ?', keepAfter);
        if (database.get('SELECT seq FROM deliveries WHERE stack = ? AND id = ?', stack, id) !== undefined)
          return false;
        database.run(
          'INSERT INTO deliveries (stack, id, event, body, received_at) VALUES (?, ?, ?, ?, ?)',
          stack,
          id,
          event,
          body,
          at,
        );
        return true;
      }),
    newestDelivery: (stack) => {
      const row = database.get('SELECT MAX(seq) AS seq FROM deliveries WHERE stack = ? AND done = 0', stack);
      return row?.seq === null || row === undefined ? undefined : String(row.seq);
    },
  };
}

/** Marks a stack's deliveries as worked, up to and including this one. */
export function markDeliveries(database: Database, stack: string, upTo: string): void {
  database.run('UPDATE deliveries SET done = 1 WHERE stack = ? AND done = 0 AND seq <= ?', stack, Number(upTo));
}
