import { readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { hasCode, identifyProcess, isSameProcess } from '../kit/index.ts';

const PATIENCE_MS = 30_000;
const PAUSE_MS = 2;
const waiting = new Int32Array(new SharedArrayBuffer(4));

/**
 * Does work that one process at a time may do: the server and commands append to the same log. The lock is a symbolic
 * link that names its process, so it needs no block of a full disk. That of a process that is gone is taken over.
 */
export function locked<T>(folder: string, work: () => T): T {
  const lock = join(folder, 'lock');
  const { startTime = '' } = identifyProcess(process.pid) ?? {};
  const mine = `${process.pid}:${startTime}`;
  for (let waited = 0; !take(lock, mine); waited += PAUSE_MS) {
    if (waited > PATIENCE_MS) throw new Error(`\`${lock}\` is held by another process`);
    removeStale(lock);
    Atomics.wait(waiting, 0, 0, PAUSE_MS);
  }
  try {
    return work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function take(lock: string, mine: string): boolean {
  try {
    symlinkSync(mine, lock);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** Moves the lock away first, and puts it back if it was another process's new one by then. */
function removeStale(lock: string): void {
  const holder = holderOf(lock);
  if (holder === undefined || isRunning(holder)) return;
  const aside = `${lock}.${process.pid}`;
  try {
    renameSync(lock, aside);
    if (holderOf(aside) !== holder) renameSync(aside, lock);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
  rmSync(aside, { force: true });
}

function holderOf(lock: string): string | undefined {
  try {
    return readlinkSync(lock);
  } catch {
    return undefined;
  }
}

function isRunning(holder: string): boolean {
  const [pid, startTime = ''] = holder.split(':');
  return isSameProcess({ pid: Number(pid), startTime });
}
