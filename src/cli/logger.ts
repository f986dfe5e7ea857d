import { Option } from 'commander';
import { pino } from 'pino';
import type { Logger } from '../kit/index.ts';
import type { Verbosity } from './terminal.ts';

const LEVELS = ['debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** Returns the option of commands that run a server. */
export function logLevelOption(standard?: string): Option {
  const ofVerbosity = standard === undefined ? ' (default: info; debug with --verbose, warn with --quiet)' : '';
  const option = new Option('--log-level <level>', `level of the log on stderr${ofVerbosity}`);
  option.choices(LEVELS);
  return standard === undefined ? option : option.default(standard);
}

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
