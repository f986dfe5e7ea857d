import type { RunnerLedger } from '../coordinator/index.ts';
import type { Database } from './database.ts';

/** Records which runners were unregistered, in SQLite. */
export function createRunnerLedger(database: Database): RunnerLedger {
  return {
    isUnregistered: (name, tokenDigest) =>
      database.get('SELECT 1 FROM unregistered_runners WHERE name = ? AND token = ?', name, tokenDigest) !== undefined,
    unregister: (name, token, at) => database.insert('unregistered_runners', { name, token, at }, 'INSERT OR IGNORE'),
  };
}
