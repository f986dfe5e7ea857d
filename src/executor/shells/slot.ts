import type { Server } from 'node:net';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { identifyProcess, readStat, runProgram, type ProcessIdentity, type Wait } from '../../kit/index.ts';
import type { JobNetwork } from '../network/job-network.ts';
import { openingWords } from '../network/open-listeners.ts';
import { SlotNetwork } from '../network/slot-network.ts';
import { findProcesses } from '../processes/find-processes.ts';
import { endJobProcesses } from '../processes/job-processes.ts';
import { MARKER_VARIABLE } from '../processes/marked-processes.ts';
import { sendSignal } from '../processes/send-signal.ts';
import type { Environment } from './job-shell.ts';
import { ScriptFile } from './script-file.ts';
import type { Shell } from './shell.ts';
import { ShellKeeper, type KeeperOptions, type KeptJob } from './shell-keeper.ts';

/** Milliseconds between two looks whether a shell that must end has ended. */
const POLL = 20;
/** Milliseconds within which a machine does not give the same process number twice. */
const NUMBERS_LAST = 2000;

export interface SlotOptions {
  /** Exists; holds the pipes and scripts of all slots. */
  readonly folder: string;
  readonly shell: Shell;
  /** Words before those of a keeper's shell that put it, and all jobs of the slot, elsewhere: `unshare …`. */
  readonly within: readonly string[];
  /** What all jobs of the slot reach, where those words lead into a network namespace. */
  readonly network?: JobNetwork;
  /** Marks keepers, and with them shells that have not begun to run yet. The markers of jobs begin with it. */
  readonly marker: string;
  readonly wait: Wait;
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly grace: number;
}

type SlotCommand = KeptJob & {
  /** Ends the command and all that it started. */
  readonly signal: AbortSignal;
};

/** Returns the marker of keepers: not that of jobs, since what ends jobs must leave keepers alone. */
export function keeperMarker(marker: string): string {
  return `keeper-${marker}`;
}

/** Makes the pipes of slots with one program for all; comes before a slot is opened. */
export async function makeSlotPipes(folder: string, indices: readonly number[]): Promise<void> {
  const paths = indices.map((index) => join(folder, String(index)));
  for (const path of paths) await mkdir(dirname(tokenPipe(path)), { recursive: true, mode: 0o700 });
  const pipes = paths.flatMap((path) => [...Object.values(pipesOf(path)), tokenPipe(path)]);
  await runProgram('mkfifo', ['-m', '600', ...pipes], { env: 'inherited' });
}

/** In a folder of its own, so that a sandbox shows it as a pipe: a file that is mounted alone is listed as a plain one. */
function tokenPipe(path: string): string {
  return `${path}.jobserver/tokens`;
}

function pipesOf(path: string): KeeperOptions['pipes'] {
  return { commands: `${path}.commands`, output: `${path}.output` };
}

/** Runs one job at a time, by a keeper of its own, with paths that stay the same for the next job. */
export class Slot {
  readonly index: number;
  /** Not made here: jobs of the slot may have their workspace in it. */
  readonly folder: string;
  readonly shell: Shell;
  readonly script: ScriptFile;
  /** A named pipe for the tokens of a jobserver. */
  readonly tokens: string;
  readonly network: SlotNetwork | undefined;
  readonly #options: SlotOptions;
  #keeper: ShellKeeper | undefined;
  #environment: Environment = {};
  /** The first script of the newest job: when it started, and the number of its shell. */
  #first: { readonly marker: string; readonly startedAt: number; group?: number } | undefined;

  constructor(index: number, options: SlotOptions) {
    this.index = index;
    this.folder = join(options.folder, String(index));
    this.shell = options.shell;
    this.script = new ScriptFile(`${this.folder}.sh`);
    this.tokens = tokenPipe(this.folder);
    this.network = options.network === undefined ? undefined : new SlotNetwork(options.network);
    this.#options = options;
  }

  /** What shells of this slot have in their environment before their script adds to it. */
  get environment(): Environment {
    return this.#environment;
  }

  /** Starts the keeper, unless it runs. Its environment is that of the shells that it starts. */
  start(environment: Environment): void {
    if (this.#keeper !== undefined) return;
    const { shell, within, network, marker } = this.#options;
    this.#environment = environment;
    const opening = network?.listeners.length ? openingWords(shell, network.listeners) : [];
    const onListener = (name: string, server: Server) => this.network?.listen(name, server);
    this.#keeper = new ShellKeeper({
      shell,
      pipes: pipesOf(this.folder),
      environment: { ...environment, [MARKER_VARIABLE]: keeperMarker(marker) },
      script: this.script.path,
      within: [...within, ...opening],
      ...(opening.length === 0 ? {} : { onListener }),
    });
  }

  /** Whether it can run another job. */
  get isAlive(): boolean {
    return this.#keeper === undefined || this.#keeper.isAlive;
  }

  /** Process group of the job that runs; undefined while it has none yet. */
  get group(): number | undefined {
    return this.#keeper?.group;
  }

  /** The process that started the job's shells, for the process that cleans up after this one. */
  get leader(): ProcessIdentity | undefined {
    const pid = this.#keeper?.pid;
    return pid === undefined ? undefined : identifyProcess(pid);
  }

  /** Seconds of processor time of all that ran in the slot and has ended. */
  get cpuSeconds(): number {
    return (this.#keeper?.number === undefined ? undefined : readStat(this.#keeper.number)?.cpuSeconds) ?? 0;
  }

  /**
   * Runs the script, or other words. Returns the exit status when the process group is gone, and after an end by the
   * signal no process of the job is left.
   */
  async run({ signal, ...job }: SlotCommand): Promise<number> {
    if (signal.aborted) return 143;
    if (this.#first?.marker !== job.marker) this.#first = { marker: job.marker, startedAt: performance.now() };
    const state = { isRunning: true };
    const end = () => void this.#endRunning(job.marker, state);
    signal.addEventListener('abort', end, { once: true });
    try {
      const { exitCode, isAnyLeft, group } = await this.#started.job(job);
      state.isRunning = false;
      this.#first.group ??= group;
      if (isAnyLeft || signal.aborted) await endJobProcesses({ marker: job.marker, group }, this.#options);
      return exitCode;
    } catch (error) {
      state.isRunning = false;
      await endJobProcesses({ marker: job.marker }, this.#options);
      throw error;
    } finally {
      signal.removeEventListener('abort', end);
    }
  }

  /** Runs a tool beside the jobs, one at a time. */
  async step(words: readonly string[]): Promise<{ readonly exitCode: number; readonly output: string }> {
    const chunks: Buffer[] = [];
    const onOutput = (bytes: Buffer) => chunks.push(Buffer.from(bytes));
    const { exitCode } = await this.#started.step({ words, onOutput });
    return { exitCode, output: Buffer.concat(chunks).toString() };
  }

  /** Ends what a job has left running outside of its process group. */
  async endStrays(marker: string): Promise<void> {
    if (!this.isAlive) return;
    const { startedAt = 0, group } = this.#first?.marker === marker ? (this.#first ?? {}) : {};
    const since = performance.now() - startedAt < NUMBERS_LAST ? group : undefined;
    const found = await findProcesses({ marker, since }, (words) => this.step(words));
    if (found.length > 0) await endJobProcesses({ marker }, this.#options);
  }

  async close(): Promise<void> {
    await this.#keeper?.close();
    this.network?.close();
    this.script.close();
  }

  /** Ends the keeper at once; what it started is the caller's. */
  kill(): void {
    this.#keeper?.kill();
  }

  get #started(): ShellKeeper {
    if (this.#keeper === undefined) throw new Error('the slot has not been started');
    return this.#keeper;
  }

  /** SIGTERM once, and SIGKILL after the grace. It may be that the shell has only just been started. */
  async #endRunning(marker: string, state: { readonly isRunning: boolean }): Promise<void> {
    const { wait, grace } = this.#options;
    while (state.isRunning && this.group === undefined) await wait(POLL);
    if (this.group !== undefined) sendSignal(-this.group, 'SIGTERM');
    for (let waited = 0; state.isRunning && waited < grace; waited += POLL) await wait(POLL);
    while (state.isRunning) {
      await endJobProcesses({ marker, group: this.group }, { wait, grace: 0 }).catch(() => undefined);
      if (state.isRunning) await wait(POLL);
    }
  }
}
