import type { RunnerLedger } from '../coordinator/index.ts';
import type { Database } from './database.ts';

/** Which runners were unregistered, in SQLite. */
export function createRunnerLedger(database: Database): RunnerLedger {
  return {
    isUnregistered: (name, tokenDigest) =>
      database.get('SELECT 1 FROM unregistered_runners WHERE name = ? AND token = ?', name, tokenDigest) !== undefined,
    unregister: (name, tokenDigest, at) =>
      database.run(
        'INSERT OR IGNORE INTO unregistered_runners (name, token, at) VALUES (?, ?, ?)',
        name,
        tokenDigest,
        at,
      ),
  };
}
