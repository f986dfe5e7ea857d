import type { CommandLedger, CommandRecord } from '../coordinator/index.ts';
import type { Database } from './database.ts';

const COLUMNS = 'CAST(id AS TEXT) AS id, stack, request, source, actor, command, text, sha, at, state, answer';

/** Commands that people gave at the forge, and how far its comments were read. */
export function commands(database: Database): CommandLedger {
  const select = (where: string, ...values: string[]) =>
    database.all<CommandRecord>(`SELECT ${COLUMNS} FROM commands WHERE ${where} ORDER BY commands.id`, ...values);
  return {
    saveCommand: ({ stack, request, source, actor, command, text, sha, at, state = 'pending', answer }) =>
      database.transaction(() => {
        const isNew =
          database.get('SELECT 1 FROM commands WHERE stack = ? AND source = ?', stack, source) === undefined;
        const row = { stack, request, source, actor, command, text, sha, at, state, answer };
        if (isNew) database.insert('commands', row);
        return isNew;
      }),
    commands: (stack, request) => select('stack = ? AND request = ?', stack, request),
    pendingCommands: (stack) => select("stack = ? AND state = 'pending'", stack),
    answerCommand: (id, { state, answer }) =>
      database.run('UPDATE commands SET state = ?, answer = ? WHERE id = ?', state, answer, Number(id)),
    commentsReadTo: (stack) =>
      database.get<{ at: string }>('SELECT read_to AS at FROM comment_readings WHERE stack = ?', stack)?.at,
    saveCommentsReadTo: (stack, at) => database.replace('comment_readings', { stack, read_to: at }),
  };
}
