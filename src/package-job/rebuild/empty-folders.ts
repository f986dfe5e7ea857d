import { mkdir, rm } from 'node:fs/promises';
import type { RebuildJob } from './rebuild-job.ts';

/**
 * Makes the folders of a job's artifacts. Where they are kept for reproduction, as Spack has it, they are emptied:
 * those of the jobs before it may have come with theirs.
 */
export async function emptyFolders({ logs, tests, reproduction }: RebuildJob): Promise<void> {
  if (reproduction === undefined) {
    await mkdir(logs, { recursive: true });
    return;
  }
  for (const folder of [logs, tests, reproduction]) {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
  }
}
