import { mkdir, open, readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { atomicWrite, hasCode } from '../../kit/index.ts';
import type { JournalEntry } from './journal-entry.ts';

/**
 * Remembers running jobs over the runner's own death. `record` has reached the disk when it returns, and comes
 * before a job's first command; `forget` comes after its last process is gone and its folder removed.
 */
export interface Journal {
  record(entry: JournalEntry): Promise<void>;
  forget(jobId: string): Promise<void>;
  list(): Promise<readonly JournalEntry[]>;
}

/** A journal of one small file a job in a folder of its own. */
export function fileJournal(folder: string): Journal {
  const pathOf = (jobId: string) => join(folder, `${jobId}.json`);
  return {
    async record(entry) {
      await atomicWrite(pathOf(entry.jobId), JSON.stringify(entry), { mode: 0o600 });
      await syncFolder(folder);
    },
    async forget(jobId) {
      await rm(pathOf(jobId), { force: true });
    },
    async list() {
      const names = await listNames(folder);
      const entries = await Promise.all(names.map((name) => readEntry(join(folder, name))));
      return entries.filter((entry) => entry !== undefined);
    },
  };
}

async function listNames(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((name) => /^\d+\.json$/.test(name)).toSorted();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}

async function readEntry(path: string): Promise<JournalEntry | undefined> {
  // Schemas are read when there is something to check: `slipway run` needs none, and starts faster without.
  const { JournalEntry } = await import('./journal-entry.ts');
  return JournalEntry.safeParse(JSON.parse(await readFile(path, 'utf8'))).data;
}

async function syncFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
