import { createColors } from 'picocolors';
import { isSet, usesColors, usesUnicode, withoutUnicode, type Environment } from './terminal-abilities.ts';

/** The two streams of a program, as the terminal needs them; those of a test collect. */
interface TerminalStreams {
  readonly stdout: TextSink;
  readonly stderr: TextSink;
}

interface TextSink {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string | Uint8Array): unknown;
}

/** How much is written to stderr: `quiet` leaves warnings and errors, `verbose` adds details. */
export type Verbosity = 'quiet' | 'normal' | 'verbose';

/** Where a command prints: data and nothing else to stdout, the rest to stderr. */
export interface Terminal {
  /** Whether a person watches: stderr is a terminal, and neither `CI` nor `TERM=dumb` is set. */
  readonly isInteractive: boolean;
  /** Colours for data; plain text where `NO_COLOR` is set or stdout is no terminal. */
  readonly colors: ReturnType<typeof createColors>;
  readonly verbosity: Verbosity;
  /** Set once, from `--quiet` and `--verbose`, before the command begins. */
  setVerbosity(verbosity: Verbosity): void;
  /** A line of the command's result, to stdout. */
  data(line: string): void;
  /** A value as one line of JSON, to stdout. */
  json(value: unknown): void;
  /** Bytes as they are, to stdout: the log of a job for a program that reads it. */
  raw(bytes: Uint8Array): void;
  /** A line for people, to stderr. With `--quiet` only warnings are written. */
  note(line: string): void;
  /** A line to stderr with `--verbose` only: which files, servers and requests were used. */
  detail(line: string): void;
  /** A line about a failure, to stderr. */
  error(line: string): void;
  /** Shows a line that the next one overwrites; nothing unless a person watches, and nothing with `--quiet`. */
  progress(line: string): void;
  /** Clears the whole screen, if stdout is a terminal, for a result that replaces the previous one. */
  clear(): void;
}

const clearLine = '\r\u001B[2K';
const clearScreen = '\u001B[H\u001B[2J';

export function createTerminal(streams: TerminalStreams, env: Environment): Terminal {
  const { stdout, stderr } = streams;
  const isWatched = ({ isTTY }: TextSink) => isTTY === true && !isSet(env.CI) && env.TERM !== 'dumb';
  const isInteractive = isWatched(stderr);
  const hasUnicode = usesUnicode(env);
  const textFor = ({ isTTY }: TextSink, text: string) => (isTTY === true && !hasUnicode ? withoutUnicode(text) : text);
  const noteColors = createColors(usesColors(isWatched(stderr), env));
  let verbosity: Verbosity = 'normal';
  let shown = '';
  const erase = () => (shown === '' ? '' : clearLine);
  const write = (line: string) => {
    if (shown !== '') stderr.write(clearLine);
    shown = '';
    stdout.write(`${line}\n`);
  };
  const error = (line: string) => {
    stderr.write(`${erase()}${textFor(stderr, paintStart(line, noteColors))}\n${shown}`);
  };
  return {
    isInteractive,
    colors: createColors(usesColors(isWatched(stdout), env)),
    get verbosity() {
      return verbosity;
    },
    setVerbosity: (value) => (verbosity = value),
    data: (line) => write(textFor(stdout, line)),
    json: (value) => write(JSON.stringify(value)),
    raw: (bytes) => stdout.write(bytes),
    note: (line) => (verbosity === 'quiet' && !WARNING.test(line) ? undefined : error(line)),
    detail: (line) => (verbosity === 'verbose' ? error(line) : undefined),
    error,
    progress(line) {
      if (!isInteractive || verbosity === 'quiet') return;
      const next = textFor(stderr, line).slice(0, (stderr.columns ?? 80) - 1);
      stderr.write(erase() + next);
      shown = next;
    },
    clear: () => (isWatched(stdout) ? stdout.write(clearScreen) : undefined),
  };
}

const WARNING = /^(?:\S+: )?(?:warning|error): /;

/** Colours the first word of a message: `error:`, `warning:` or `hint:`. */
function paintStart(line: string, { red, yellow, cyan, bold }: Terminal['colors']): string {
  return line
    .replace(/^error:/, (word) => bold(red(word)))
    .replace(/^warning:/, (word) => bold(yellow(word)))
    .replace(/^hint:/, (word) => cyan(word));
}
