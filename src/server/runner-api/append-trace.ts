import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { attemptOf, type Coordinator } from '../../coordinator/index.ts';
import type { JobRun } from '../../pipeline/index.ts';
import type { TraceAppend } from './job-service.ts';
import { logSize } from './log-size.ts';

/** Writes a piece of a job's log, and fails the job if the log becomes too large. */
export async function appendTrace(
  { context, driver }: Coordinator,
  run: JobRun,
  { offset, bytes }: { offset: number; bytes: Uint8Array },
): Promise<TraceAppend> {
  const path = context.folder.log(run.id);
  await mkdir(dirname(path), { recursive: true });
  const size = await logSize(path);
  if (offset > size) return { outcome: 'misplaced', size };
  const end = offset + bytes.length;
  if (end > context.configuration.limits.logBytes) {
    driver.dispatch(run.pipeline, {
      type: 'job-finished',
      ...attemptOf(context, run),
      outcome: 'failed',
      failureReason: 'trace_size_exceeded',
    });
    return { outcome: 'too-large', size };
  }
  const file = await open(path, size === 0 ? 'w' : 'r+', 0o600);
  try {
    await file.write(bytes, 0, bytes.length, offset);
    await file.truncate(end);
  } finally {
    await file.close();
  }
  return { outcome: 'accepted', size: end };
}
