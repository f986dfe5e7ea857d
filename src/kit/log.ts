import { pino } from 'pino';
import type { Logger } from 'pino';

export type { Logger };

/** JSON lines to stderr. Messages are static, values are fields. */
export function createLogger(level: string = 'info'): Logger {
  return pino(
    { level, base: undefined, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ fd: 2, sync: true }),
  );
}

/** For tests and for commands that print their own progress. */
export const silentLogger: Logger = pino({ level: 'silent' });
