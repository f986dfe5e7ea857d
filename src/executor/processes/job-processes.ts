import type { Wait } from '../../kit/index.ts';
import { runnerError } from '../errors.ts';
import { findProcesses } from './find-processes.ts';
import type { JournalEntry } from './journal.ts';

/** Milliseconds between two looks; a search costs a process, so that pauses grow. */
const POLL = 20;
const LONGEST_POLL = 200;
const KILL_PATIENCE = 30_000;

export interface EndOptions {
  readonly wait: Wait;
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly grace: number;
}

/**
 * Ends all processes of a job: those in its session, and those that left it (a daemon) but still carry its marker.
 * SIGTERM first, SIGKILL to those who are still there after the grace. Returns when none is left.
 */
export async function endJobProcesses(entry: Omit<JournalEntry, 'workspace'>, options: EndOptions): Promise<void> {
  if ((await signalAll(entry, 'SIGTERM')) === 0) return;
  if (await areGone(entry, options.wait, options.grace)) return;
  for (let waited = 0; waited < KILL_PATIENCE; waited += POLL) {
    // Again and again: a process may have been forked between the search and the signal.
    if ((await signalAll(entry, 'SIGKILL')) === 0) return;
    await options.wait(POLL);
  }
  throw runnerError('RUNNER_SESSION_STUCK', { pids: (await findProcesses(entry)).join(', '), job: entry.jobId });
}

type Entry = Pick<JournalEntry, 'leader' | 'marker'>;

async function areGone(entry: Entry, wait: Wait, patience: number): Promise<boolean> {
  let pause = POLL;
  for (let waited = 0; waited < patience; waited += pause) {
    if ((await findProcesses(entry)).length === 0) return true;
    pause = Math.min(waited === 0 ? POLL : pause * 2, LONGEST_POLL, patience - waited);
    await wait(pause);
  }
  return (await findProcesses(entry)).length === 0;
}

/** Gives how many there were. */
async function signalAll(entry: Entry, signal: NodeJS.Signals): Promise<number> {
  const found = await findProcesses(entry);
  for (const pid of found) {
    try {
      process.kill(pid, signal);
    } catch {
      // Gone in the meantime, or another user's: then the marker was not the job's to give.
    }
  }
  return found.length;
}
