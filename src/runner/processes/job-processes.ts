import type { ProcessIdentity, Wait } from '../../kit/index.ts';
import { identifyProcess, sessionMembers, signalSession } from '../../kit/index.ts';
import { runnerError } from '../errors.ts';
import type { JournalEntry } from './journal.ts';
import { markedProcesses } from './marked-processes.ts';

const POLL = 20;
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
  if (signalAll(entry, 'SIGTERM') === 0) return;
  if (await areGone(entry, options.wait, options.grace)) return;
  for (let waited = 0; waited < KILL_PATIENCE; waited += POLL) {
    // Again and again: a process may have been forked between the listing and the signal.
    if (signalAll(entry, 'SIGKILL') === 0) return;
    await options.wait(POLL);
  }
  throw runnerError('RUNNER_SESSION_STUCK', { pids: jobProcesses(entry).join(', '), job: entry.jobId });
}

/** Numbers of the processes of a job that still run. */
export function jobProcesses(entry: Pick<JournalEntry, 'leader' | 'marker'>): readonly number[] {
  return [...new Set([...membersOf(entry.leader), ...withMarkerOf(entry)])];
}

function withMarkerOf(entry: Pick<JournalEntry, 'marker'>): readonly number[] {
  return markedProcesses((marker) => marker === entry.marker);
}

/** None if the leader's number belongs to another process by now. */
function membersOf(leader: ProcessIdentity | undefined): readonly number[] {
  if (leader === undefined) return [];
  const now = identifyProcess(leader.pid);
  return now !== undefined && now.startTime !== leader.startTime ? [] : sessionMembers(leader);
}

async function areGone(entry: Pick<JournalEntry, 'leader' | 'marker'>, wait: Wait, patience: number): Promise<boolean> {
  for (let waited = 0; waited < patience; waited += POLL) {
    if (jobProcesses(entry).length === 0) return true;
    await wait(POLL);
  }
  return jobProcesses(entry).length === 0;
}

function signalAll(entry: Pick<JournalEntry, 'leader' | 'marker'>, signal: NodeJS.Signals): number {
  const count = jobProcesses(entry).length;
  if (entry.leader !== undefined) signalSession(entry.leader, signal);
  for (const pid of withMarkerOf(entry)) {
    try {
      process.kill(pid, signal);
    } catch {
      // Gone in the meantime, or another user's: then the marker was not the job's to give.
    }
  }
  return count;
}
