import { readFileSync } from 'node:fs';
import type { Wait } from '../../kit/index.ts';
import { listProcesses, markedProcesses } from './marked-processes.ts';

const POLL = 20;

export interface JobTraces {
  /** Number of the process group. */
  readonly group?: number;
  /** Beginning of the value of the marker variable that the job's processes carry. */
  readonly marker: string;
}

/** Ends what is left of a job: SIGTERM first, SIGKILL after the grace. Returns when nothing is left, or nothing helps. */
export async function endProcesses(traces: JobTraces, { wait, grace }: { wait: Wait; grace: number }): Promise<void> {
  for (let waited = 0; signalProcesses(traces, waited < grace ? 'SIGTERM' : 'SIGKILL') > 0; waited += POLL) {
    if (waited > grace * 2 + 1000) return;
    await wait(POLL);
  }
}

/** Sends a signal to all that is left of a job; says how many processes or groups took it. */
export function signalProcesses({ group, marker }: JobTraces, signal: NodeJS.Signals): number {
  const targets = [
    ...(group === undefined || !isGroupAlive(group) ? [] : [-group]),
    ...markedProcesses((one) => one.startsWith(marker)),
  ];
  return targets.filter((pid) => hasTaken(pid, signal)).length;
}

const MOST_PASSES = 200;

/**
 * Kills these process groups and all that carries one of the markers, at once, and waits for their end, for two seconds
 * at most. It looks again until nothing is found, since what is listed may start another process before it dies. Says
 * whether nothing is left.
 */
export function killProcesses(groups: readonly number[], markers: readonly string[]): boolean {
  for (let pass = 0; pass < MOST_PASSES; pass += 1) {
    const left = [
      ...groups.filter(isGroupAlive).map((group) => -group),
      ...markedProcesses((one) => markers.some((marker) => one.startsWith(marker))),
    ];
    if (left.length === 0) return true;
    for (const pid of left) hasTaken(pid, 'SIGKILL');
    pause(POLL / 2);
  }
  return false;
}

/** The one who waits so must not go on: the process is about to end. */
function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** The dead that nobody has buried do not count: in many containers there is nobody who would. */
function isGroupAlive(group: number): boolean {
  if (!hasTaken(-group, 0)) return false;
  const processes = listProcesses();
  return processes.length === 0 || processes.some((pid) => isMember(pid, group));
}

/** proc(5), `stat`: state and process group are the first and the third field after the name. */
function isMember(pid: number, group: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state, , pgrp] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state !== 'Z' && Number(pgrp) === group;
  } catch {
    return false;
  }
}

export function hasTaken(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
