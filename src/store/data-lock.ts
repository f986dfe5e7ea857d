import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  hasCode,
  identifyProcess,
  isSameProcess,
  messageOf,
  ownerOnlyFolder,
  type ProcessIdentity,
} from '../kit/index.ts';
import { storeError } from './errors.ts';

/**
 * Keeps a data folder to one server, and its content to the server's user. A lock whose process is gone (also after
 * `kill -9`) is taken over.
 */
export function lockDataFolder(path: string, mode?: number): { release(): void } {
  const file = join(path, 'server.lock');
  const mine = `${file}.${process.pid}`;
  try {
    ownerOnlyFolder(path, mode);
    writeFileSync(mine, JSON.stringify(identifyProcess(process.pid)));
  } catch (error) {
    throw storeError('STORE_FOLDER_UNUSABLE', { path, reason: messageOf(error) }, { cause: error });
  }
  try {
    while (!take(file, mine)) {
      refuseHeld(path, file);
      removeStale(path, file, mine);
    }
  } finally {
    rmSync(mine, { force: true });
  }
  return {
    release: () => {
      if (readHolder(file)?.pid === process.pid) rmSync(file, { force: true });
    },
  };
}

/**
 * Removes the lock of a process that has gone. Of several that start at once only the one that holds the guard does,
 * and it looks again first: otherwise a slow one would remove the new lock of a fast one, and both would serve.
 */
function removeStale(path: string, file: string, mine: string): void {
  const guard = `${file}.takeover`;
  if (!take(guard, mine)) {
    refuseHeld(path, guard);
    // Its process died within the few steps below.
    if (readHolder(guard) !== undefined) rmSync(guard, { force: true });
    return;
  }
  try {
    refuseHeld(path, file);
    rmSync(file, { force: true });
  } finally {
    rmSync(guard, { force: true });
  }
}

/** Creates a lock; a link appears with its content, so that no reader sees half of it. */
function take(file: string, mine: string): boolean {
  try {
    linkSync(mine, file);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

function refuseHeld(path: string, file: string): void {
  const holder = readHolder(file);
  if (holder === undefined || holder.pid === process.pid || !isSameProcess(holder)) return;
  throw storeError('STORE_IN_USE', { path, pid: holder.pid });
}

function readHolder(file: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}
