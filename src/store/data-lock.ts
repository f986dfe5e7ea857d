import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasCode, identifyProcess, isSameProcess } from '../kit/index.ts';
import type { ProcessIdentity } from '../kit/index.ts';
import { storeError } from './errors.ts';

/** Keeps a data folder to one server. A lock whose process is gone (also after `kill -9`) is taken over. */
export function lockDataFolder(path: string): { release(): void } {
  mkdirSync(path, { recursive: true });
  const file = join(path, 'server.lock');
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, JSON.stringify(identifyProcess(process.pid)));
  try {
    while (!take(file, mine)) {
      refuseHeld(path, file);
      rmSync(file, { force: true });
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

/** A link is made at once and with its content, so nobody ever reads half a lock. */
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
