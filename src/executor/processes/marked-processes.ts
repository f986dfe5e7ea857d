import { readFileSync } from 'node:fs';
import { listProcesses, readStat } from '../../kit/index.ts';

/** The variable that marks every process of a job, however it was started. */
export const MARKER_VARIABLE = 'SLIPWAY_JOB_MARKER';

const MARKED = new RegExp(`(?:^|\\0)${MARKER_VARIABLE}=([^\\0]*)`);

/**
 * Processes that began with a marker of ours in their environment (proc(5), `environ`), and still run; none where there
 * is no /proc.
 */
export function markedProcesses(isOurs: (marker: string) => boolean): readonly number[] {
  return listProcesses().filter((pid) => {
    const marker = pid === process.pid ? undefined : markerOf(pid);
    return marker !== undefined && isOurs(marker);
  });
}

/** The marker that a process began with. */
export function markerOf(pid: number): string | undefined {
  return MARKED.exec(environmentOf(pid))?.[1];
}

/** Empty for zombies, for other users' processes and for those that are gone. */
function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return '';
  }
}

/** Whether a process is in a process group and has not ended. */
export function isGroupMember(pid: number, group: number): boolean {
  const stat = readStat(pid);
  return stat !== undefined && stat.state !== 'Z' && stat.group === group;
}
