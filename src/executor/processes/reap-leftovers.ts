import { rm } from 'node:fs/promises';
import { systemWait, type ProcessVariables, type Wait } from '../../kit/index.ts';
import { ContainerClient } from '../containers/container-client.ts';
import { jobLabel } from '../containers/job-containers.ts';
import { removeContainers } from '../containers/remove-containers.ts';
import type { FoundRuntime } from '../containers/runtime.ts';
import { endJobProcesses } from './job-processes.ts';
import type { Journal } from './journal.ts';

interface ReapOptions {
  readonly wait?: Wait;
  readonly grace?: number;
  /** Finds what runs containers; with the environment of its command line. */
  readonly runtime?: () => Promise<FoundRuntime>;
  readonly env?: ProcessVariables;
}

/**
 * Cleans up after a runner that was killed: ends the processes of its jobs, removes their containers and folders, empties the
 * journal. Returns the ids of those jobs, which have to be queued again. To be called before any runner that
 * uses this journal starts.
 */
export async function reapLeftovers(journal: Journal, options: ReapOptions = {}): Promise<readonly string[]> {
  const { wait = systemWait, grace = 5000 } = options;
  const entries = await journal.list();
  const found = entries.length === 0 ? undefined : await options.runtime?.();
  const client = found?.runtime && new ContainerClient(found.runtime, options.env ?? {});
  await Promise.all(
    entries.map(async (entry) => {
      await endJobProcesses({ marker: entry.marker, leader: entry.leader }, { wait, grace });
      if (client !== undefined) await removeContainers(client, jobLabel(entry.marker));
      await rm(entry.workspace, { recursive: true, force: true });
      await journal.forget(entry.jobId);
    }),
  );
  return entries.map((entry) => entry.jobId);
}
