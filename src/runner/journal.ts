import { mkdir, open, readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { ProcessIdentity } from '../kit/index.ts';
import { atomicWrite, hasCode } from '../kit/index.ts';

/** What must be known about a running job to clean up after a runner that was killed. */
const JournalEntry = z.object({
  jobId: z.string().regex(/^\d+$/),
  /** Leader of the session that the job's processes are in; absent between two steps. */
  leader: z.object({ pid: z.number().int().positive(), startTime: z.string() }).optional(),
  /** In the environment of every process of the job, so that those who left the session are found too. */
  marker: z.string().regex(/^[0-9a-f]{32}$/),
  /** The job's own folder, removed with it. */
  workspace: z.string(),
});
export type JournalEntry = z.infer<typeof JournalEntry> & { readonly leader?: ProcessIdentity };

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
      await atomicWrite(pathOf(entry.jobId), JSON.stringify(entry), 0o600);
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
