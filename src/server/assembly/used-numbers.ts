import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { DataFolder } from '../../coordinator/index.ts';
import { gitCommand } from '../../forge/index.ts';
import { hasCode } from '../../kit/index.ts';
import type { SigningService, UsedNumbers } from '../../notary/index.ts';

interface NumberSources {
  readonly stacks: readonly string[];
  readonly signing: Pick<SigningService, 'usedNumbers'>;
  /** PATH for git. */
  readonly path?: string;
}

/**
 * Returns the highest ids of pipelines and jobs outside of the database: in the notary's log, as a folder of a job, or
 * as a commit kept for a pipeline. An id must not be used twice, even if the database was lost or restored from a copy:
 * the notary refuses another lock for a pipeline, and tokens of jobs are derived from their ids.
 */
export async function usedNumbers(folder: DataFolder, { stacks, signing, path }: NumberSources): Promise<UsedNumbers> {
  const signed = await Promise.all(stacks.map((stack) => signing.usedNumbers(stack)));
  const kept = await Promise.all(stacks.map((stack) => keptPipelines(folder.repository(stack), path)));
  const jobs = await readdir(dirname(folder.job('0'))).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  });
  return {
    pipeline: highest([...signed.map(({ pipeline }) => pipeline), ...kept.flat().map(Number)]),
    job: highest([...signed.map(({ job }) => job), ...jobs.map(Number)]),
  };
}

async function keptPipelines(repository: string, path?: string): Promise<readonly string[]> {
  if (!existsSync(repository)) return [];
  const listed = await gitCommand({ repository, path }).attempt([
    'for-each-ref',
    '--format=%(refname:lstrip=2)',
    'refs/pipelines',
  ]);
  return listed.text.split('\n');
}

function highest(ids: readonly number[]): number {
  return ids.reduce((most, id) => (Number.isSafeInteger(id) && id > most ? id : most), 0);
}
