import { setImmediate } from 'node:timers/promises';
import { BoundedMap } from '../../kit/index.ts';
import type { JobRun } from '../../pipeline/index.ts';
import type { JobPart } from '../../protocol/index.ts';
import { jobParts } from '../../report/index.ts';
import type { DataFiles } from '../context.ts';
import type { DataFolder } from '../data-folder.ts';
import { readLogEdges } from '../jobs/job-log.ts';

const KEPT = 20_000;
/** Logs that are read before other requests have their turn. */
const AT_ONCE = 50;

const partsKept = new WeakMap<DataFolder, BoundedMap<string, JobPart[]>>();

/** Returns the transfers of the attempts that have ended, by their ids. A log is read once. */
export async function attemptParts(
  context: DataFiles,
  runs: readonly JobRun[],
): Promise<ReadonlyMap<string, JobPart[]>> {
  const kept = partsKept.get(context.folder) ?? new BoundedMap<string, JobPart[]>(KEPT);
  partsKept.set(context.folder, kept);
  const found = new Map<string, JobPart[]>();
  let read = 0;
  for (const { id, startedAt, finishedAt } of runs) {
    if (startedAt === undefined || finishedAt === undefined) continue;
    const known = kept.get(id);
    if (known === undefined && ++read % AT_ONCE === 0) await setImmediate();
    const times = { startedAt: Date.parse(startedAt), finishedAt: Date.parse(finishedAt) };
    const parts = known ?? jobParts(readLogEdges(context, id), times);
    if (known === undefined) kept.set(id, parts);
    found.set(id, parts);
  }
  return found;
}
