import { randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, readFileSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { runnerError } from '../errors.ts';
import type { Shell } from './shell.ts';
import { KeeperOutput } from './keeper-output.ts';
import { jobLine, keeperScript, stepLine } from './keeper-script.ts';
import { openNamedPipe } from './named-pipe.ts';
import { hasTaken } from '../processes/process-endings.ts';

export interface KeeperOptions {
  readonly shell: Shell;
  /** Named pipes of its own. Not sockets, as Node would make: jobs may open `/dev/stderr`, and a socket cannot be opened. */
  readonly pipes: { readonly commands: string; readonly output: string };
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
}

export interface KeptResult {
  readonly exitCode: number;
  /** Whether the command left processes in its group. */
  readonly isAnyLeft: boolean;
}

const LONGEST_LINE = 64;

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
  readonly #commands: number;
  readonly #groups: string;
  #jobs = 0;
  #pending: Pending | undefined;

  constructor({ shell, pipes, environment, script, within = [] }: KeeperOptions) {
    this.#groups = `${script}.groups`;
    const token = randomBytes(8).toString('hex');
    const commands = openNamedPipe(pipes.commands);
    const output = openNamedPipe(pipes.output);
    const own = [shell.program, '-c', keeperScript(shell, token), 'keeper', script];
    const [program = shell.program, ...words] = [...within, ...own];
    this.#child = spawn(program, words, {
      env: environment,
      detached: true,
      stdio: [commands.reader, output.writer, 'ignore'],
    });
    closeSync(commands.reader);
    closeSync(output.writer);
    this.#commands = commands.writer;
    this.#child.on('error', () => this.#fail());
    this.#exit = once(this.#child, 'exit').then(() => this.#fail());
    this.#reader = new Socket({ fd: output.reader, readable: true, writable: false });
    const messages = new KeeperOutput(token, {
      output: (bytes) => this.#pending?.command.onOutput(bytes),
      ended: (exitCode, isAnyLeft) => this.#settle({ exitCode, isAnyLeft }),
    });
    this.#reader.on('data', (chunk: Buffer) => messages.write(chunk));
    this.#reader.on('error', () => this.#fail());
  }

  /** Whether it can take another command. */
  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Runs the script in a shell with a process group of its own. */
  job(command: KeptCommand): Promise<KeptResult> {
    this.#jobs += 1;
    return this.#send(jobLine(command.words), command);
  }

  /** The process group of the newest job; undefined while it has none yet. */
  get group(): number | undefined {
    try {
      const [, last = ''] = /(?:^|\n)(.*)\n$/.exec(readFileSync(this.#groups, 'latin1').slice(-LONGEST_LINE)) ?? [];
      const [job, group] = last.split(' ').map(Number);
      return job === this.#jobs ? group : undefined;
    } catch {
      return undefined;
    }
  }

  /** Runs a tool in the keeper's own group. */
  step(command: KeptCommand): Promise<KeptResult> {
    return this.#send(stepLine(command.words), command);
  }

  async close(): Promise<void> {
    closeSync(this.#commands);
    await this.#exit.catch(() => undefined);
    this.#reader.destroy();
  }

  /** Ends it at once; what it started is the caller's. */
  kill(): void {
    if (this.#child.pid !== undefined) hasTaken(this.#child.pid, 'SIGKILL');
  }

  #send(line: string, command: KeptCommand): Promise<KeptResult> {
    return new Promise((resolve, reject) => {
      this.#pending = { command, resolve, reject };
      try {
        writeSync(this.#commands, line);
      } catch {
        this.#fail();
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
    pending?.reject(runnerError('RUNNER_KEEPER_GONE'));
  }
}
