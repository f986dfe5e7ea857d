import { pino } from 'pino';
import type { Logger } from '../kit/index.ts';

/** JSON lines to stderr. */
export function createLogger(level: string = 'info'): Logger {
  return pino(
    { level, base: undefined, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ fd: 2, sync: true }),
  );
}
