import { rm } from 'node:fs/promises';
import { systemWait, type Wait } from '../../kit/index.ts';
import { endJobProcesses } from './job-processes.ts';
import type { Journal } from './journal.ts';

/**
 * Cleans up after a runner that was killed: ends the processes of its jobs, removes their folders, empties the
 * journal. Returns the ids of those jobs, which have to be queued again. To be called before any runner that
 * uses this journal starts.
 */
export async function reapLeftovers(
  journal: Journal,
  options: { wait?: Wait; grace?: number } = {},
): Promise<readonly string[]> {
  const { wait = systemWait, grace = 5000 } = options;
  const entries = await journal.list();
  await Promise.all(
    entries.map(async (entry) => {
      await endJobProcesses({ marker: entry.marker, leader: entry.leader }, { wait, grace });
      await rm(entry.workspace, { recursive: true, force: true });
      await journal.forget(entry.jobId);
    }),
  );
  return entries.map((entry) => entry.jobId);
}
