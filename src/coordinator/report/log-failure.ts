import { BoundedMap } from '../../kit/index.ts';
import { failureIn, type LogFailure } from '../../report/index.ts';
import type { DataFiles } from '../context.ts';
import type { DataFolder } from '../data-folder.ts';
import { logBytes, readLogEnd } from '../jobs/job-log.ts';

const KEPT = 2000;

interface Known {
  readonly size: number;
  readonly failure: LogFailure | undefined;
}

const known = new WeakMap<DataFolder, BoundedMap<string, Known>>();

/** Returns why an attempt at a job failed, as its log shows it. A log is read again only if it has grown. */
export function logFailure(context: DataFiles, run: string): LogFailure | undefined {
  const kept = known.get(context.folder) ?? new BoundedMap<string, Known>(KEPT);
  known.set(context.folder, kept);
  const size = logBytes(context, run);
  const before = kept.get(run);
  if (before?.size === size) return before.failure;
  const { text, skipped } = readLogEnd(context, run);
  const failure = failureIn(text, skipped);
  kept.set(run, { size, failure });
  return failure;
}
