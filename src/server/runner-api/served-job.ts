import { repositoryUrl, withLockArtifact, type CoordinatorContext } from '../../coordinator/index.ts';
import { beforeSha, jobResponse, variableOf, type AssignedJob } from '../../pipeline/index.ts';
import type { JobResponse } from '../../protocol/index.ts';

/** Returns the answer to a runner that got a job. */
export function servedJob(context: CoordinatorContext, assigned: AssignedJob): JobResponse {
  const { maximumTimeout = Number.POSITIVE_INFINITY } = context.runners.named(assigned.run.runner ?? '') ?? {};
  const limited = { ...assigned, timeout: Math.min(assigned.timeout, maximumTimeout) };
  return jobResponse(withLockArtifact(context, limited), {
    token: context.tokens.jobToken(assigned.run.id),
    allowGitFetch: mayFetch(context, assigned),
    gitInfo: gitInfo(context, assigned),
  });
}

/** Every job fetches the commit of its pipeline's topmost parent or its own: they are the same commit. */
function gitInfo(context: CoordinatorContext, assigned: AssignedJob): JobResponse['git_info'] {
  const { run, record } = assigned;
  return {
    repo_url: repositoryUrl(context, record, context.tokens.jobToken(run.id)),
    ref: record.ref,
    sha: record.sha,
    before_sha: beforeSha(record),
    ref_type: record.refType === 'tag' ? 'tag' : 'branch',
    refspecs: [`+refs/pipelines/${run.pipeline}:refs/pipelines/${run.pipeline}`],
    depth: depthOf(context, assigned),
    protected: record.trust === 'protected',
  };
}

/**
 * Whether the runner may bring an older copy up to date (GitLab, "Git strategy"): the job's own word wins over the
 * stack's.
 */
function mayFetch(context: CoordinatorContext, assigned: AssignedJob): boolean {
  const strategy =
    variableOf(assigned, 'GIT_STRATEGY') ?? context.stacks.get(assigned.record.stack)?.configuration.clone.strategy;
  return strategy !== 'clone';
}

/** Commits that the copy holds; 0: all (GitLab, "Shallow cloning"). */
function depthOf(context: CoordinatorContext, assigned: AssignedJob): number {
  const depth = variableOf(assigned, 'GIT_DEPTH');
  if (depth !== undefined && /^\d{1,9}$/.test(depth)) return Number(depth);
  return context.stacks.get(assigned.record.stack)?.configuration.clone.depth ?? 0;
}
