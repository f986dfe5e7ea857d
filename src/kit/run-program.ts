import { spawn, type ChildProcess, type ChildProcessByStdio, type StdioOptions } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { eachLine } from './each-line.ts';
import type { ProcessVariables } from './process-variables.ts';

export type { ChildProcess };

/** All variables of a program, or those of this process: nothing is added. */
export type ProgramEnvironment = ProcessVariables | 'inherited';

/** Ids that root can give a program; its further groups are removed. */
export interface ProgramUser {
  readonly uid: number;
  readonly gid: number;
}

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

/** How a program ended, and what it wrote. */
export class ProgramResult {
  readonly program: string;
  /** Undefined where a signal ended the program. */
  readonly exitCode: number | undefined;
  /** Why the program was ended before its time. */
  readonly cut: 'timeout' | 'output' | undefined;
  readonly #signal: NodeJS.Signals | null;
  readonly #chunks: readonly Chunk[];

  constructor(run: Run, [code, signal]: Ending) {
    this.program = run.program;
    this.exitCode = code ?? undefined;
    this.cut = run.cut;
    this.#signal = signal;
    this.#chunks = run.chunks;
  }

  /** Whether it ended by itself with exit status 0. */
  get isSuccess(): boolean {
    return this.exitCode === 0 && this.cut === undefined;
  }

  get stdout(): Buffer {
    return this.#written((chunk) => !chunk.isError);
  }

  get stderr(): Buffer {
    return this.#written((chunk) => chunk.isError);
  }

  /** Standard output as text, without the newline at its end. */
  get text(): string {
    return textOf(this.stdout);
  }

  /** The same of both outputs, in the order in which they came. */
  get output(): string {
    return textOf(this.#written(() => true));
  }

  /**
   * Describes what happened: the exit status or what ended the program, and the last line of its standard error. Of git it
   * is the first line with `fatal:`, since general advice follows.
   */
  get reason(): string {
    const lines = this.stderr.toString('utf8').trimEnd().split('\n');
    const line = (lines.find((one) => one.startsWith('fatal: ')) ?? lines.at(-1) ?? '').trim();
    return line === '' ? this.ending : `${this.ending}: ${line}`;
  }

  /** How the program ended, in words. */
  get ending(): string {
    if (this.cut === 'timeout') return 'it took too long';
    if (this.cut === 'output') return 'it wrote too much';
    return this.exitCode === undefined ? `it was ended by ${this.#signal}` : `exit status ${this.exitCode}`;
  }

  #written(isIncluded: (chunk: Chunk) => boolean): Buffer {
    return Buffer.concat(this.#chunks.filter(isIncluded).map(({ bytes }) => bytes));
  }
}

function textOf(bytes: Buffer): string {
  return bytes.toString('utf8').replace(/\r?\n$/, '');
}

/** A program that could not be started, or that failed. */
export class ProgramError extends Error {
  /** Of the system call that did not start the program: `ENOENT` where there is no such program. */
  readonly code: string | undefined = undefined;
  readonly result: ProgramResult | undefined = undefined;

  constructor(program: string, failure: ProgramResult | Error) {
    if (failure instanceof ProgramResult) {
      super(`\`${program}\`: ${failure.reason}`);
      this.result = failure;
    } else {
      const { message, code } = failure as NodeJS.ErrnoException;
      const reason = code === 'ENOENT' ? 'it was not found' : `it could not be started: ${message}`;
      super(`\`${program}\`: ${reason}`, { cause: failure });
      this.code = code;
    }
    this.name = 'ProgramError';
  }
}

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

type Ending = readonly [code: number | null, signal: NodeJS.Signals | null];

interface Chunk {
  readonly bytes: Buffer;
  readonly isError: boolean;
}

/** A program that runs, with what it has written so far. */
class Run {
  readonly program: string;
  readonly child: ChildProcess;
  readonly chunks: Chunk[] = [];
  readonly ending: Promise<Ending>;
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
      child.stdout?.destroy();
      child.stderr?.destroy();
    });
    child.kill('SIGTERM');
  }

  #keep(chunk: Chunk): void {
    if (this.cut !== undefined) return;
    this.chunks.push(chunk);
    this.#bytes += chunk.bytes.length;
    if (this.#bytes > this.#most) this.end('output');
  }
}

export interface SpawnProgramOptions {
  readonly env: ProgramEnvironment;
  readonly cwd?: string;
  readonly user?: ProgramUser;
  /** As Node has it; without it all three streams are pipes. */
  readonly stdio?: StdioOptions;
  /** Whether the program leads a session of its own. */
  readonly detached?: boolean;
}

/** A program whose three streams are pipes. */
export type PipedProgram = ChildProcessByStdio<Writable, Readable, Readable>;

/**
 * Starts a program whose output is read while it runs, or that runs beside this process. The caller owns it: it listens
 * for `error` and ends it.
 */
export function spawnProgram(
  program: string,
  words: readonly string[],
  options: SpawnProgramOptions & { readonly stdio: ['ignore', 'pipe', 'pipe'] },
): ChildProcessByStdio<null, Readable, Readable>;
export function spawnProgram(
  program: string,
  words: readonly string[],
  options: SpawnProgramOptions & { readonly stdio: ['pipe', 'pipe', 'ignore' | 'inherit'] },
): ChildProcessByStdio<Writable, Readable, null>;
export function spawnProgram(
  program: string,
  words: readonly string[],
  options: SpawnProgramOptions & { readonly stdio?: 'pipe' },
): PipedProgram;
export function spawnProgram(program: string, words: readonly string[], options: SpawnProgramOptions): ChildProcess;
export function spawnProgram(
  program: string,
  words: readonly string[],
  { env, user, ...options }: SpawnProgramOptions,
): ChildProcess {
  return spawn(program, words, { ...options, ...user, ...(env === 'inherited' ? {} : { env }) });
}
