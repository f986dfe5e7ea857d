import { createColors } from 'picocolors';

/** The two streams of a program, as the terminal needs them; those of a test collect. */
interface TerminalStreams {
  readonly stdout: TextSink;
  readonly stderr: TextSink;
}

interface TextSink {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Where a command prints: data and nothing else to stdout, the rest to stderr. */
export interface Terminal {
  /** Whether a person watches: stderr is a terminal, and neither `CI` nor `TERM=dumb` is set. */
  readonly isInteractive: boolean;
  /** Colours for data; plain text where `NO_COLOR` is set or stdout is no terminal. */
  readonly colors: ReturnType<typeof createColors>;
  /** A line of the command's result, to stdout. */
  data(line: string): void;
  /** A value as one line of JSON, to stdout. */
  json(value: unknown): void;
  /** A line for people, to stderr. */
  note(line: string): void;
  /** Shows a line that the next one overwrites; nothing unless a person watches. */
  progress(line: string): void;
}

type Environment = Readonly<Record<string, string | undefined>>;

const clearLine = '\r\u001B[2K';

export function createTerminal(streams: TerminalStreams, env: Environment): Terminal {
  const { stdout, stderr } = streams;
  const isWatched = ({ isTTY }: TextSink) => isTTY === true && !isSet(env.CI) && env.TERM !== 'dumb';
  const isInteractive = isWatched(stderr);
  let shown = '';
  const erase = () => (shown === '' ? '' : clearLine);
  const data = (line: string) => {
    if (shown !== '') stderr.write(clearLine);
    shown = '';
    stdout.write(`${line}\n`);
  };
  return {
    isInteractive,
    colors: createColors(isWatched(stdout) && !isSet(env.NO_COLOR)),
    data,
    json: (value) => data(JSON.stringify(value)),
    note(line) {
      stderr.write(`${erase()}${line}\n${shown}`);
    },
    progress(line) {
      if (!isInteractive) return;
      const next = line.slice(0, (stderr.columns ?? 80) - 1);
      stderr.write(erase() + next);
      shown = next;
    },
  };
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}
