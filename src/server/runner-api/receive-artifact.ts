import { mkdir, readFile, rename, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { dotenvVariables, expiryOf, recordJunit, type CoordinatorContext } from '../../coordinator/index.ts';
import { jobPlan, type JobRun } from '../../pipeline/index.ts';
import type { ArtifactUpload } from './job-service.ts';

const LARGEST_REPORT = 1024 * 1024;

/** Stores an artifact of a job; a second one of a type replaces the first. Throws a SlipwayError to refuse it. */
export async function receiveArtifact(
  context: CoordinatorContext,
  run: JobRun,
  { type, format, path: upload, size }: ArtifactUpload,
): Promise<void> {
  const { pipelines } = context;
  // Refused while the runner can still report it: jobs that follow can read every recorded report.
  if (type === 'dotenv') dotenvVariables(await readReport(upload));
  const folder = context.folder.job(run.id);
  await mkdir(folder, { recursive: true });
  const path = join(folder, `${type}.${format}`);
  await rename(upload, path);
  const plan = jobPlan(pipelines.state(run.pipeline).plan, run.name);
  pipelines.addArtifact({
    job: run.id,
    type,
    format,
    file: relative(context.folder.root, path),
    size,
    expiresAt: plan && expiryOf(context, plan),
  });
  if (type === 'junit') await recordJunit(context, run.id, path);
}

/** Reads a report. One that is far too large is replaced by zeros, which are refused. */
async function readReport(path: string): Promise<Uint8Array> {
  const { size } = await stat(path);
  return size > LARGEST_REPORT ? new Uint8Array(LARGEST_REPORT) : readFile(path);
}
