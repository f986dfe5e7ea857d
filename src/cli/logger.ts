import { pino } from 'pino';
import type { Logger } from '../kit/index.ts';
import type { Verbosity } from './terminal.ts';

/** The option of commands that run a server. */
export const logLevelOption = [
  '--log-level <level>',
  'debug, info, warn or error (default: info; debug with --verbose, warn with --quiet)',
] as const;

/** Returns the level of the log of a server that is neither set nor lowered by `--quiet`. */
export function logLevelFor(verbosity: Verbosity): string {
  return { quiet: 'warn', normal: 'info', verbose: 'debug' }[verbosity];
}

/** JSON lines to stderr. */
export function createLogger(level: string = 'info'): Logger {
  return pino(
    { level, base: undefined, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ fd: 2, sync: true }),
  );
}
