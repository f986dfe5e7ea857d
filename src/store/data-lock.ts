import { readFileSync, writeFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { identifyProcess, isSameProcess } from '../kit/index.ts';
import type { ProcessIdentity } from '../kit/index.ts';
import { storeError } from './errors.ts';

/** Keeps a data folder to one server. A lock whose process is gone (also after `kill -9`) is taken over. */
export function lockDataFolder(path: string): { release(): void } {
  mkdirSync(path, { recursive: true });
  const file = join(path, 'server.lock');
  const holder = readHolder(file);
  if (holder !== undefined && holder.pid !== process.pid && isSameProcess(holder)) {
    throw storeError('STORE_IN_USE', { path, pid: holder.pid });
  }
  writeFileSync(file, JSON.stringify(identifyProcess(process.pid)));
  return { release: () => rmSync(file, { force: true }) };
}

function readHolder(file: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}
