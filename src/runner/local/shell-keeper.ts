import { randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { runnerError } from '../errors.ts';
import type { Shell } from '../shell.ts';
import { KeeperOutput } from './keeper-output.ts';
import { jobLine, keeperScript, stepLine } from './keeper-script.ts';
import { hasTaken } from './process-endings.ts';

export interface KeeperOptions {
  readonly shell: Shell;
  /** A named pipe of its own. Not a socket, as Node would make: jobs may open `/dev/stderr`, and a socket cannot be opened. */
  readonly pipe: string;
  readonly environment: Readonly<Record<string, string>>;
  /** The file that the shell of every job reads. */
  readonly script: string;
  /** Words before the shell's own that put it elsewhere: `unshare …`. */
  readonly within?: readonly string[];
}

export interface KeptCommand {
  /** Of a job: what stands before its shell. */
  readonly words: readonly string[];
  readonly onOutput: (bytes: Buffer) => void;
  /** Called once the leader of the command's process group is known. */
  readonly onStart?: (group: number) => void;
}

export interface KeptResult {
  readonly exitCode: number;
  /** Whether the command left processes in its group. */
  readonly isAnyLeft: boolean;
}

interface Pending {
  readonly command: KeptCommand;
  readonly resolve: (result: KeptResult) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A process that starts the shells of jobs, one after the other, in a session without a terminal. One command at a time;
 * `close` once, when none runs. It ends by itself when this process does.
 */
export class ShellKeeper {
  readonly #child: ChildProcess;
  readonly #reader: Socket;
  readonly #exit: Promise<unknown>;
  #pending: Pending | undefined;

  constructor({ shell, pipe, environment, script, within = [] }: KeeperOptions) {
    const token = randomBytes(8).toString('hex');
    const reading = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    const writing = openSync(pipe, constants.O_WRONLY);
    const own = [shell.program, '-c', keeperScript(shell, token), 'keeper', script];
    const [program = shell.program, ...words] = [...within, ...own];
    this.#child = spawn(program, words, { env: environment, detached: true, stdio: ['pipe', writing, 'ignore'] });
    closeSync(writing);
    this.#child.on('error', () => this.#fail());
    this.#child.stdin?.on('error', () => this.#fail());
    this.#exit = once(this.#child, 'exit').then(() => this.#fail());
    this.#reader = new Socket({ fd: reading, readable: true, writable: false });
    const output = new KeeperOutput(token, {
      output: (bytes) => this.#pending?.command.onOutput(bytes),
      started: (group) => this.#pending?.command.onStart?.(group),
      ended: (exitCode, isAnyLeft) => this.#settle({ exitCode, isAnyLeft }),
    });
    this.#reader.on('data', (chunk: Buffer) => output.write(chunk));
    this.#reader.on('error', () => this.#fail());
  }

  /** Whether it can take another command. */
  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null && this.#child.stdin?.writable === true;
  }

  /** Runs the script in a shell with a process group of its own. */
  job(command: KeptCommand): Promise<KeptResult> {
    return this.#send(jobLine(command.words), command);
  }

  /** Runs a tool in the keeper's own group. */
  step(command: KeptCommand): Promise<KeptResult> {
    return this.#send(stepLine(command.words), command);
  }

  async close(): Promise<void> {
    this.#child.stdin?.end();
    await this.#exit.catch(() => undefined);
    this.#reader.destroy();
  }

  /** Ends it at once; what it started is the caller's. */
  kill(): void {
    if (this.#child.pid !== undefined) hasTaken(this.#child.pid, 'SIGKILL');
  }

  async #send(line: string, command: KeptCommand): Promise<KeptResult> {
    return await new Promise((resolve, reject) => {
      this.#pending = { command, resolve, reject };
      if (this.isAlive) this.#child.stdin?.write(line);
      else this.#fail();
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
    pending?.reject(runnerError('RUNNER_KEEPER_GONE'));
  }
}
