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
  const members: number[] = [];
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    if (isSessionMember(Number(entry), identity)) members.push(Number(entry));
  }
  return members;
}

/** Whether a process is in the session that `identity` leads, and did not start before it. */
export function isSessionMember(pid: number, identity: ProcessIdentity): boolean {
  const stat = readStat(pid);
  if (stat === undefined || stat.state === 'Z' || stat.session !== identity.pid) return false;
  return BigInt(stat.startTime) >= BigInt(identity.startTime || '0');
}

function readStat(pid: number): { state: string; session: number; startTime: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', session: Number(fields[3]), startTime: fields[19] ?? '' };
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
