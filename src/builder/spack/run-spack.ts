import { eachLine, spawnProgram } from '../../kit/index.ts';
import { killTree } from '../recipes/kill-tree.ts';
import type { Invocation } from '../recipes/namespace.ts';

interface SpackRun {
  readonly invocation: Invocation;
  /** All the variables of the process. */
  readonly environment: Readonly<Record<string, string>>;
  readonly workFolder: string;
  /** Told every line of standard output and standard error, in the order in which they come. */
  readonly hear: (line: string) => void;
  readonly signal?: AbortSignal;
}

export interface SpackEnd {
  /** Exit status, or null where a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last lines that were heard, colours taken out; at most 4,000, and 2,000 characters of each. */
  readonly lines: readonly string[];
  /** Standard output alone, as it came, colours taken out; of more than 16 MB only the end. */
  readonly output: string;
}

const KEPT_LINES = 4_000;
const KEPT_OF_LINE = 2_000;
const KEPT_OUTPUT = 16 * 1024 * 1024;
// oxlint-disable-next-line no-control-regex
const ESCAPES = /\u001B\[[0-9;]*[A-Za-z]/g;

/**
 * Runs one command to its end; when `signal` is aborted, the process and all that descend from it are killed. The
 * child stays in the caller's process group, so that whoever ends the job's group ends it too. Rejects only where the
 * program does not start.
 */
export async function runSpack(run: SpackRun): Promise<SpackEnd> {
  const { program, args } = run.invocation;
  const child = spawnProgram(program, args, {
    cwd: run.workFolder,
    env: run.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = (): void => {
    if (child.pid !== undefined) killTree(child.pid);
  };
  if (run.signal?.aborted === true) stop();
  run.signal?.addEventListener('abort', stop, { once: true });
  const lines: string[] = [];
  const hear = (line: string): void => {
    const plain = line.replaceAll(ESCAPES, '');
    run.hear(plain);
    lines.push(plain.slice(0, KEPT_OF_LINE));
    if (lines.length > KEPT_LINES) lines.shift();
  };
  eachLine(child.stdout, hear);
  eachLine(child.stderr, hear);
  let output = '';
  child.stdout.on('data', (text: string) => {
    output += text;
    // To cut is to copy: not with every line of a build that says much.
    if (output.length > 2 * KEPT_OUTPUT) output = output.slice(-KEPT_OUTPUT);
  });
  try {
    return await new Promise<SpackEnd>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve({ code, signal, lines, output: output.replaceAll(ESCAPES, '') }));
    });
  } finally {
    run.signal?.removeEventListener('abort', stop);
  }
}
