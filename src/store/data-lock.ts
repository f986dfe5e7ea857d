import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Libsql from 'libsql';
import {
  SlipwayError,
  identifyProcess,
  isSameProcess,
  messageOf,
  ownerOnlyFile,
  ownerOnlyFolder,
  type ProcessIdentity,
} from '../kit/index.ts';
import { storeError } from './errors.ts';

/** Milliseconds that one process waits for another, which keeps the guard while it reads and writes a small file. */
const PATIENCE = 30_000;

/**
 * Keeps a data folder to one server, and its content to the server's user. A lock whose process is gone (also after
 * `kill -9`) is taken over.
 */
export function lockDataFolder(path: string, mode?: number): { release(): void } {
  const file = join(path, 'server.lock');
  try {
    ownerOnlyFolder(path, mode);
    guarded(`${file}.guard`, () => {
      const holder = readHolder(file);
      if (holder !== undefined && holder.pid !== process.pid && isSameProcess(holder))
        throw storeError('STORE_IN_USE', { path, pid: holder.pid });
      writeFileSync(file, JSON.stringify(identifyProcess(process.pid)));
    });
  } catch (error) {
    if (error instanceof SlipwayError) throw error;
    throw storeError('STORE_FOLDER_UNUSABLE', { path, reason: messageOf(error) }, { cause: error });
  }
  return {
    release: () => {
      if (readHolder(file)?.pid === process.pid) rmSync(file, { force: true });
    },
  };
}

/**
 * Runs one of several processes at a time. The guard is an empty database that is locked: the kernel gives up the lock of
 * a process that dies, whereas a file that stands for a lock would have to be removed by another, which may come too late.
 */
function guarded(guard: string, run: () => void): void {
  ownerOnlyFile(guard);
  const database = new Libsql(guard, { timeout: PATIENCE });
  try {
    database.exec('BEGIN EXCLUSIVE');
    run();
  } finally {
    database.close();
  }
}

function readHolder(file: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}
