import { listProcesses } from '../../kit/index.ts';
import { isGroupMember, markedProcesses } from './marked-processes.ts';
import { sendSignal } from './send-signal.ts';

const PAUSE = 10;
const MOST_PASSES = 200;

/**
 * Kills process groups and all processes that have one of the markers, and waits for their end, two seconds at most.
 * Blocks this process, which is about to end. It looks again until nothing is found, since a process may start another
 * before it dies. Returns whether nothing is left.
 */
export function killProcesses(groups: readonly number[], markers: readonly string[]): boolean {
  for (let pass = 0; pass < MOST_PASSES; pass += 1) {
    const left = [
      ...groups.filter(isGroupAlive).map((group) => -group),
      ...markedProcesses((one) => markers.some((marker) => one.startsWith(marker))),
    ];
    if (left.length === 0) return true;
    for (const pid of left) sendSignal(pid, 'SIGKILL');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
  }
  return false;
}

/** Zombies do not count: in many containers no process ever waits for them. */
function isGroupAlive(group: number): boolean {
  if (!sendSignal(-group, 0)) return false;
  const processes = listProcesses();
  return processes.length === 0 || processes.some((pid) => isGroupMember(pid, group));
}
