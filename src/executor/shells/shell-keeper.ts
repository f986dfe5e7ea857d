import { randomBytes } from 'node:crypto';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, readFileSync, writeSync } from 'node:fs';
import { Socket, type Server } from 'node:net';
import { runnerError } from '../errors.ts';
import type { ListeningFault } from '../network/open-listeners.ts';
import type { Shell } from './shell.ts';
import { KeeperOutput } from './keeper-output.ts';
import { jobLine, keeperScript, stepLine, wordsLine } from './keeper-script.ts';
import { openNamedPipe } from './named-pipe.ts';
import { sendSignal } from '../processes/send-signal.ts';

export interface KeeperOptions {
  readonly shell: Shell;
  /**
   * Named pipes of its own. Not sockets, as Node would make: jobs may open `/dev/stderr`, and a socket cannot be
   * opened.
   */
  readonly pipes: { readonly commands: string; readonly output: string };
  readonly environment: Readonly<Record<string, string>>;
  /** The file that the shell of every job reads. */
  readonly script: string;
  /** Words before the shell's own that put it elsewhere: `unshare …`. */
  readonly within?: readonly string[];
  /** Receives the listening sockets that those words open and pass on, each with its name. */
  readonly onListener?: (name: string, server: Server) => void;
}

interface KeptStep {
  readonly words: readonly string[];
  readonly onOutput: (bytes: Buffer) => void;
}

export interface KeptJob {
  /** Hexadecimal digits that mark every process of the job. */
  readonly marker: string;
  /** Runs instead of a shell with the script. No word may contain a line break. */
  readonly words?: readonly string[];
  readonly onOutput: (bytes: Buffer) => void;
}

interface KeptResult {
  readonly exitCode: number;
  /** Whether the command left processes in its group. */
  readonly isAnyLeft: boolean;
  /** Number of the process group that a job had. */
  readonly group: number | undefined;
}

const LONGEST_LINE = 64;

interface Pending {
  readonly onOutput: KeptStep['onOutput'];
  readonly resolve: (result: KeptResult) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A process that starts the shells of jobs, one after the other, in a session without a terminal. One command at a
 * time; `close` once, when none runs. It ends by itself when this process does.
 */
export class ShellKeeper {
  readonly #child: ChildProcess;
  readonly #reader: Socket;
  readonly #exit: Promise<unknown>;
  readonly #commands: number;
  readonly #groups: string;
  #jobs = 0;
  #fault: ListeningFault | undefined;
  #pending: Pending | undefined;

  constructor({ shell, pipes, environment, script, within = [], onListener }: KeeperOptions) {
    this.#groups = `${script}.groups`;
    const token = randomBytes(8).toString('hex');
    const commands = openNamedPipe(pipes.commands);
    const output = openNamedPipe(pipes.output);
    const own = [shell.program, '-c', keeperScript(shell, token), 'keeper', script];
    const [program = shell.program, ...words] = [...within, ...own];
    this.#child = spawn(program, words, {
      cwd: '/',
      env: environment,
      detached: true,
      stdio: [commands.reader, output.writer, 'ignore', ...(onListener === undefined ? [] : (['ipc'] as const))],
    });
    closeSync(commands.reader);
    closeSync(output.writer);
    this.#commands = commands.writer;
    this.#child.on('error', () => this.#fail());
    this.#child.on('message', (message, server) => {
      if (typeof message === 'string') onListener?.(message, server as Server);
      else this.#fault = message as ListeningFault;
    });
    this.#exit = once(this.#child, 'exit').then(async () => {
      // The message with the reason may arrive later.
      if (this.#child.connected) await once(this.#child, 'disconnect');
      this.#fail();
    });
    this.#reader = new Socket({ fd: output.reader, readable: true, writable: false });
    const messages = new KeeperOutput(token, {
      output: (bytes) => this.#pending?.onOutput(bytes),
      ended: (exitCode, isAnyLeft, group) => this.#settle({ exitCode, isAnyLeft, group }),
    });
    this.#reader.on('data', (chunk: Buffer) => messages.write(chunk));
    this.#reader.on('error', () => this.#fail());
  }

  /** Whether it can take another command. */
  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Number of the process, which leads the session that jobs are in where their shell is bash. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Runs the script in a shell, or other words, with a process group of its own. */
  job({ marker, words, onOutput }: KeptJob): Promise<KeptResult> {
    this.#jobs += 1;
    return this.#send(words === undefined ? jobLine(marker) : wordsLine(marker, words), onOutput);
  }

  /** The process group of the newest job; undefined while it has none yet. Reads a file: a result has it too. */
  get group(): number | undefined {
    const [, last = ''] = /(?:^|\n)(.*)\n$/.exec(this.#readGroups().slice(-LONGEST_LINE)) ?? [];
    const [job, group] = last.split(' ').map(Number);
    return job === this.#jobs ? group : undefined;
  }

  /** Number of the shell that starts the jobs: another process than `pid` where that one had to put it elsewhere. */
  get number(): number | undefined {
    const [, number] = /^keeper (\d+)/.exec(this.#readGroups().slice(0, LONGEST_LINE)) ?? [];
    return number === undefined ? undefined : Number(number);
  }

  /** Runs a tool in the keeper's own group. */
  step({ words, onOutput }: KeptStep): Promise<KeptResult> {
    return this.#send(stepLine(words), onOutput);
  }

  async close(): Promise<void> {
    closeSync(this.#commands);
    await this.#exit.catch(() => undefined);
    this.#reader.destroy();
  }

  /** Ends it at once; what it started is the caller's. */
  kill(): void {
    if (this.#child.pid !== undefined) sendSignal(this.#child.pid, 'SIGKILL');
  }

  #readGroups(): string {
    try {
      return readFileSync(this.#groups, 'latin1');
    } catch {
      return '';
    }
  }

  #send(line: string, onOutput: KeptStep['onOutput']): Promise<KeptResult> {
    return new Promise((resolve, reject) => {
      this.#pending = { onOutput, resolve, reject };
      try {
        writeSync(this.#commands, line);
      } catch {
        // Nothing reads commands any more: the keeper is ending, and its end has the reason.
        void this.#exit.catch(() => undefined).then(() => this.#fail());
      }
    });
  }

  #settle(result: KeptResult): void {
    const pending = this.#pending;
    this.#pending = undefined;
    pending?.resolve(result);
  }

  #fail(): void {
    const pending = this.#pending;
    this.#pending = undefined;
    const fault = this.#fault;
    const error =
      fault === undefined ? runnerError('RUNNER_KEEPER_GONE') : runnerError('RUNNER_LISTENING_FAILED', { ...fault });
    pending?.reject(error);
  }
}
