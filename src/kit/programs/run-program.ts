import type { Readable } from 'node:stream';
import { eachLine } from './each-line.ts';
import { ProgramError } from './program-error.ts';
import { ProgramResult, type OutputChunk, type ProgramEnding } from './program-result.ts';
import { spawnProgram, type ChildProcess, type ProgramEnvironment, type ProgramUser } from './spawn-program.ts';

export interface ProgramOptions {
  readonly env: ProgramEnvironment;
  /** The user that it runs as; without it that of this process. */
  readonly user?: ProgramUser;
  readonly cwd?: string;
  /** Standard input; without it the program finds the end of its input at once. */
  readonly input?: string | Uint8Array;
  /** Milliseconds after which the program is ended. */
  readonly timeout?: number;
  /** Ends the program; the call then rejects with the reason of the signal. */
  readonly signal?: AbortSignal;
  /** Called with each line of both outputs as it comes; the result then has no output. */
  readonly onLine?: (line: string) => void;
  /** The program is ended when it writes more bytes than this. */
  readonly maxBytes?: number;
}

const MOST_BYTES = 2 ** 30;
/** Milliseconds between SIGTERM and SIGKILL. */
const GRACE = 2000;

/** Runs a program to its end. Throws `ProgramError` unless it succeeds. */
export async function runProgram(
  program: string,
  words: readonly string[],
  options: ProgramOptions,
): Promise<ProgramResult> {
  const result = await attemptProgram(program, words, options);
  if (!result.isSuccess) throw new ProgramError(program, result);
  return result;
}

/** Runs a program to its end, however it ends. Throws `ProgramError` only if it cannot be started. */
export async function attemptProgram(
  program: string,
  words: readonly string[],
  options: ProgramOptions,
): Promise<ProgramResult> {
  const { input, signal } = options;
  signal?.throwIfAborted();
  const run = startRun(program, words, options);
  const abort = () => run.end();
  signal?.addEventListener('abort', abort, { once: true });
  const timer = options.timeout === undefined ? undefined : setTimeout(() => run.end('timeout'), options.timeout);
  try {
    if (input !== undefined) run.child.stdin?.end(input);
    const ending = await run.ending;
    signal?.throwIfAborted();
    return new ProgramResult(run, ending);
  } catch (error) {
    throw signal?.aborted === true ? signal.reason : new ProgramError(program, error as Error);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

/** Some faults are thrown at once, others come as an event. */
function startRun(program: string, words: readonly string[], options: ProgramOptions): Run {
  try {
    return new Run(program, words, options);
  } catch (error) {
    throw new ProgramError(program, error as Error);
  }
}

/** A program that runs, with what it has written so far. */
class Run {
  readonly program: string;
  readonly child: ChildProcess;
  readonly chunks: OutputChunk[] = [];
  readonly ending: Promise<ProgramEnding>;
  cut: ProgramResult['cut'];
  readonly #most: number;
  #bytes = 0;
  #isEnding = false;

  constructor(program: string, words: readonly string[], options: ProgramOptions) {
    const { env, cwd, user, input, onLine, maxBytes = MOST_BYTES } = options;
    this.program = program;
    this.#most = maxBytes;
    const child: ChildProcess = spawnProgram(program, words, {
      env,
      cwd,
      user,
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    this.child = child;
    // A program need not read its input to the end; its exit status counts.
    child.stdin?.on('error', () => undefined);
    for (const stream of [child.stdout, child.stderr] as Readable[]) {
      if (onLine === undefined)
        stream.on('data', (bytes: Buffer) => this.#keep({ bytes, isError: stream === child.stderr }));
      else eachLine(stream, onLine);
    }
    this.ending = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (...ending) => resolve(ending));
    });
  }

  /** Ends the program: SIGTERM, then SIGKILL. Outputs that its own children hold open are not awaited. */
  end(cut?: ProgramResult['cut']): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.cut = cut;
    const { child } = this;
    const timer = setTimeout(() => child.kill('SIGKILL'), GRACE);
    child.once('exit', () => {
      clearTimeout(timer);
      // One more turn of the event loop reads what the program wrote before it ended.
      setImmediate(() =>
        setImmediate(() => {
          child.stdout?.destroy();
          child.stderr?.destroy();
        }),
      );
    });
    child.kill('SIGTERM');
  }

  #keep(chunk: OutputChunk): void {
    if (this.#bytes > this.#most) return;
    this.chunks.push(chunk);
    this.#bytes += chunk.bytes.length;
    if (this.#bytes > this.#most) this.end('output');
  }
}
