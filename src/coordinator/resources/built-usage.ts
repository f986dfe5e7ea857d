import * as z from 'zod';
import { messageOf, parseJson } from '../../kit/index.ts';
import { jobPlan, type JobRun } from '../../pipeline/index.ts';
import { PhaseUsage } from '../../protocol/index.ts';
import type { CoordinatorContext, JobArchives } from '../context.ts';
import { findAllArchived, readArchived } from '../artifacts/artifact-files.ts';
import { builtHash } from '../mirror/mirror-access.ts';

/** What `slipway rebuild` leaves beside the log of a package that it built. */
const RESULT = 'rebuild.json';
const Result = z.object({ usage: z.array(PhaseUsage).max(20).default([]) });

/**
 * Returns what the build of a package used in each of its phases, by its own result among the artifacts of the job: any
 * runner uploads them. A result that cannot be read is no fault of the job.
 */
export async function builtUsage(
  context: JobArchives & Pick<CoordinatorContext, 'log'>,
  run: JobRun,
): Promise<readonly PhaseUsage[]> {
  const job = jobPlan(context.pipelines.state(run.pipeline).plan, run.name);
  if (job === undefined || builtHash(job) === undefined) return [];
  try {
    const [path] = await findAllArchived(context, run.id, RESULT);
    const bytes = path === undefined ? undefined : await readArchived(context, run.id, path);
    return bytes === undefined ? [] : Result.parse(parseJson(bytes.toString('utf8'))).usage;
  } catch (error) {
    context.log.warn({ job: run.id, error: messageOf(error) }, 'the result of a build cannot be read');
    return [];
  }
}
