import { readFileSync, readdirSync } from 'node:fs';

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

/** Numbers of all processes; none where there is no /proc. */
export function listProcesses(): readonly number[] {
  try {
    return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
  } catch {
    return [];
  }
}

/** Empty for zombies, for other users' processes and for those that are gone. */
function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return '';
  }
}

/**
 * Whether a process is in a process group and not dead (proc(5), `stat`: state and group are fields 1 and 3 after the
 * name).
 */
export function isGroupMember(pid: number, group: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state, , pgrp] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state !== 'Z' && Number(pgrp) === group;
  } catch {
    return false;
  }
}
