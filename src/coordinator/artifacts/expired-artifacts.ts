import { rm } from 'node:fs/promises';
import type { JobPlan } from '../../gitlab/index.ts';
import {
  currentTime,
  type CoordinatorContext,
  type PipelineFiles,
  type PipelineRecords,
  type Timed,
} from '../context.ts';
import type { PipelineRecord } from '../../pipeline/index.ts';
import { rootOf } from '../status/status-report.ts';
import { artifactPath } from './artifact-files.ts';

/**
 * When what a job leaves now is to be taken away; undefined: never. https://docs.gitlab.com/ci/yaml/#artifactsexpire_in
 */
export function expiryOf(
  { clock, configuration }: Pick<CoordinatorContext, 'clock' | 'configuration'>,
  plan: JobPlan,
): string | undefined {
  const seconds = plan.artifacts?.expireIn ?? configuration.limits.artifactAge;
  return seconds === 0 ? undefined : new Date(clock.now() + seconds * 1000).toISOString();
}

/**
 * Takes away the files of artifacts whose time has come, but for those of the newest successful pipeline of their ref
 * (https://docs.gitlab.com/ci/jobs/job_artifacts/#keep-artifacts-from-most-recent-successful-jobs). Gives how many.
 * Safe to repeat.
 */
export async function sweepArtifacts(context: PipelineFiles & Timed): Promise<number> {
  const newest = new Map<string, string | undefined>();
  let count = 0;
  for (const artifact of context.pipelines.dueArtifacts(currentTime(context))) {
    const run = context.pipelines.run(artifact.job);
    if (run !== undefined && isKept(context, rootOf(context, run.pipeline), newest)) continue;
    await rm(artifactPath(context, artifact), { force: true });
    context.pipelines.artifactExpired(artifact);
    count += 1;
  }
  return count;
}

function isKept(
  { pipelines }: PipelineRecords,
  { id, stack, ref, refType }: PipelineRecord,
  newest: Map<string, string | undefined>,
): boolean {
  const key = `${stack} ${refType} ${ref}`;
  if (!newest.has(key)) {
    const ofRef = pipelines.list({ stack }).filter((one) => one.ref === ref && one.refType === refType);
    newest.set(key, ofRef.find(({ status }) => status === 'success')?.id);
  }
  return newest.get(key) === id;
}
