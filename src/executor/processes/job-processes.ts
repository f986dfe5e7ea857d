import type { Wait } from '../../kit/index.ts';
import { runnerError } from '../errors.ts';
import { findProcesses, type JobTraces } from './find-processes.ts';
import { sendSignal } from './send-signal.ts';

/** Milliseconds between two looks; a search costs a process, so that pauses grow. */
const POLL = 20;
const LONGEST_POLL = 200;
const KILL_PATIENCE = 30_000;

interface EndOptions {
  readonly wait: Wait;
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly grace: number;
}

/**
 * Ends all processes that have these traces: SIGTERM first, SIGKILL to those that are still there after the grace.
 * Returns when none is left.
 */
export async function endJobProcesses(traces: JobTraces, options: EndOptions): Promise<void> {
  if ((await signalAll(traces, 'SIGTERM')) === 0) return;
  if (await areGone(traces, options.wait, options.grace)) return;
  for (let waited = 0; waited < KILL_PATIENCE; waited += POLL) {
    // Again and again: a process may have been forked between the search and the signal.
    if ((await signalAll(traces, 'SIGKILL')) === 0) return;
    await options.wait(POLL);
  }
  throw runnerError('RUNNER_SESSION_STUCK', { pids: (await findProcesses(traces)).join(', ') });
}

async function areGone(traces: JobTraces, wait: Wait, patience: number): Promise<boolean> {
  let pause = POLL;
  for (let waited = 0; waited < patience; waited += pause) {
    if ((await findProcesses(traces)).length === 0) return true;
    pause = Math.min(waited === 0 ? POLL : pause * 2, LONGEST_POLL, patience - waited);
    await wait(pause);
  }
  return (await findProcesses(traces)).length === 0;
}

/** Returns how many there were. Some may have ended meanwhile, or be another user's: then they are not the job's. */
async function signalAll(traces: JobTraces, signal: NodeJS.Signals): Promise<number> {
  const found = await findProcesses(traces);
  for (const pid of found) sendSignal(pid, signal);
  return found.length;
}
