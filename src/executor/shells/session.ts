import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Wait } from '../../kit/index.ts';
import { identifyProcess } from '../../kit/index.ts';
import { endJobProcesses } from '../processes/job-processes.ts';
import type { Journal, JournalEntry } from '../processes/journal.ts';
import { MARKER_VARIABLE } from '../processes/marked-processes.ts';
import { openOutputPipe } from './named-pipe.ts';

/** The job that processes are started for. */
export interface SessionOwner {
  readonly jobId: string;
  readonly marker: string;
  readonly workspace: string;
  readonly journal: Journal;
  readonly wait: Wait;
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly grace: number;
}

export interface SessionCommand {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly folder: string;
  /** All of it: nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
  /** stdout and stderr as they come. */
  readonly onOutput: (bytes: Buffer) => void;
  /** Whether nothing of the command can outlive it, since it has a process namespace of its own. */
  readonly isContained?: boolean;
  /** Ends the command and all that it started. */
  readonly signal: AbortSignal;
}

/**
 * Waits for a word on stdin, then becomes the command, with the same process number. At the end of stdin without
 * the word (the runner was killed) it goes away. So no command can begin that the journal does not know.
 */
const GATE = 'read -r word && [ "$word" = go ] && exec "$@" </dev/null 2>&1';

/** Milliseconds that output may still come after the last process is gone. */
const PIPE_PATIENCE = 2000;

/**
 * Runs a command in a session of its own, which is in the journal before the command begins and has no process
 * left when this returns. Gives the exit status; 128 and the signal's number for one that a signal ended.
 */
export async function runSession(owner: SessionOwner, command: SessionCommand): Promise<number> {
  if (command.signal.aborted) return 143;
  const { writer, reader } = await openOutputPipe(join(owner.workspace, 'output.pipe'));
  const child = spawn('/bin/sh', ['-c', GATE, 'gate', command.program, ...command.arguments], {
    cwd: command.folder,
    env: { ...command.environment, [MARKER_VARIABLE]: owner.marker },
    detached: true,
    stdio: ['pipe', writer, 'ignore'],
  });
  closeSync(writer);
  await once(child, 'spawn').catch((error: unknown) => {
    reader.destroy();
    throw error;
  });
  const exit = once(child, 'exit') as Promise<unknown> as Promise<Exit>;
  const drained = readOutput(reader, command.onOutput);
  const entry = entryFor(owner, child);
  const end = () => endJobProcesses(entry, owner);
  try {
    await owner.journal.record({ ...entry, workspace: owner.workspace });
    openGate(child, command.signal);
    const [code, name] = await exitOrAbort(exit, command.signal, end);
    return code ?? 128 + signalNumber(name);
  } finally {
    child.stdin?.destroy();
    // The kernel ends a namespace with its first process, which the command waits for unless a signal ended it.
    if (command.isContained !== true || child.exitCode === null) await end();
    await Promise.race([drained, owner.wait(PIPE_PATIENCE)]);
    // Only a process that hid from us (another session, another environment) can still hold the pipe.
    reader.destroy();
  }
}

type Exit = readonly [code: number | null, signal: NodeJS.Signals | null];

/** The exit of the leader, brought about when the signal is aborted. Rejects when processes do not end. */
async function exitOrAbort(exit: Promise<Exit>, signal: AbortSignal, end: () => Promise<void>): Promise<Exit> {
  let abort = () => {};
  const ended = new Promise<Exit>((resolve, reject) => {
    abort = () => {
      end().then(() => resolve(exit), reject);
    };
  });
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([exit, ended]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function entryFor(owner: SessionOwner, child: ChildProcess): Omit<JournalEntry, 'workspace'> {
  const pid = child.pid as number;
  return { jobId: owner.jobId, marker: owner.marker, leader: identifyProcess(pid) ?? { pid, startTime: '' } };
}

function openGate(child: ChildProcess, signal: AbortSignal): void {
  // The gate may be gone already; its exit status tells.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(signal.aborted ? '' : 'go\n');
}

async function readOutput(stream: Readable, onOutput: (bytes: Buffer) => void): Promise<void> {
  stream.on('data', onOutput);
  await once(stream, 'close');
}

const SIGNAL_NUMBERS: Readonly<Partial<Record<NodeJS.Signals, number>>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGTERM: 15,
};

function signalNumber(name: NodeJS.Signals | null): number {
  return name === null ? 0 : (SIGNAL_NUMBERS[name] ?? 0);
}
