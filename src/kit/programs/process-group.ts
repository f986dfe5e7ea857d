import { readFileSync, readdirSync } from 'node:fs';

/** Distinguishes a process from another that got the same number later. */
export interface ProcessIdentity {
  /** Leader of the process group and of the session. */
  readonly pid: number;
  /** Clock ticks since boot (proc(5), `stat` field 22), as text; empty where /proc is absent. */
  readonly startTime: string;
}

/** The identity of a running process, or undefined if there is none with this number. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const stat = readStat(pid);
  if (stat !== undefined) return { pid, startTime: stat.startTime };
  return isAlive(pid) && !hasProc() ? { pid, startTime: '' } : undefined;
}

/**
 * Whether the very process that was recorded still runs (and not another with its number). One that has ended does not
 * run, even if its parent has not waited for it: in many containers the first process never does.
 */
export function isSameProcess(identity: ProcessIdentity): boolean {
  const stat = readStat(identity.pid);
  if (stat !== undefined) return stat.state !== 'Z' && stat.startTime === identity.startTime;
  return identifyProcess(identity.pid)?.startTime === identity.startTime;
}

/** Numbers of the processes in the session that `identity` leads, none of which started before it. */
export function sessionMembers(identity: ProcessIdentity): readonly number[] {
  if (!hasProc()) return isAlive(-identity.pid) ? [-identity.pid] : [];
  return listProcesses().filter((pid) => isSessionMember(pid, identity));
}

/** Whether a process is in the session that `identity` leads, and did not start before it. */
export function isSessionMember(pid: number, identity: ProcessIdentity): boolean {
  const stat = readStat(pid);
  if (stat === undefined || stat.state === 'Z' || stat.session !== identity.pid) return false;
  return BigInt(stat.startTime) >= BigInt(identity.startTime || '0');
}

/** Returns the numbers of all processes; none where there is no /proc. */
export function listProcesses(): readonly number[] {
  try {
    return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
  } catch {
    return [];
  }
}

/** Fields of proc(5), `stat`, after the name, which may hold anything. */
interface ProcessStat {
  /** `Z`: it has ended, and its parent has not waited for it. */
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  readonly startTime: string;
  /** Processor time, with that of the children that it has waited for. */
  readonly cpuSeconds: number;
}

/** Ticks of a second that processor time is counted in (`sysconf(_SC_CLK_TCK)` is 100 on Linux). */
const TICKS = 100;

/** Returns what the kernel knows of a process; undefined if it is gone. */
export function readStat(pid: number): ProcessStat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state = '', parent, group, session, ...rest] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const startTime = rest[15] ?? '';
    const cpuSeconds = rest.slice(7, 11).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS;
    return { state, parent: Number(parent), group: Number(group), session: Number(session), startTime, cpuSeconds };
  } catch {
    return undefined;
  }
}

function hasProc(): boolean {
  return readStat(process.pid) !== undefined;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
