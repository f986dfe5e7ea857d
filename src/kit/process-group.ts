import { readFileSync, readdirSync } from 'node:fs';

/** What tells a process from another that got the same number later. */
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

/** Whether the very process that was recorded still runs (and not another with its number). */
export function isSameProcess(identity: ProcessIdentity): boolean {
  return identifyProcess(identity.pid)?.startTime === identity.startTime;
}

/**
 * Sends a signal to every process of a session that `identity` led, also to those whose leader has gone.
 * Returns how many processes there were. Processes of anybody else who got the number later are left alone.
 */
export function signalSession(identity: ProcessIdentity, signal: NodeJS.Signals): number {
  const leader = identifyProcess(identity.pid);
  if (leader !== undefined && leader.startTime !== identity.startTime) return 0;
  const members = sessionMembers(identity);
  for (const pid of members) trySignal(pid, signal);
  return members.length;
}

/** Numbers of the processes in the session that `identity` leads, none of which started before it. */
export function sessionMembers(identity: ProcessIdentity): readonly number[] {
  if (!hasProc()) return isAlive(-identity.pid) ? [-identity.pid] : [];
  const members: number[] = [];
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = readStat(Number(entry));
    if (stat === undefined || stat.state === 'Z' || stat.session !== identity.pid) continue;
    if (BigInt(stat.startTime) >= BigInt(identity.startTime || '0')) members.push(Number(entry));
  }
  return members;
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
  return trySignal(pid, 0);
}

function trySignal(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}
