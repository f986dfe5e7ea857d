import type { Assignment, CoordinatorContext } from '../../coordinator/index.ts';
import { repositoryUrl } from '../../coordinator/index.ts';
import { beforeSha } from '../../pipeline/index.ts';
import type { Cache, Image, Service } from '../../gitlab/index.ts';
import { FAILURE_REASONS } from '../../protocol/index.ts';
import type { JobCache, JobImage, JobResponse } from '../../protocol/index.ts';

/** An assignment in the words of the runner API (GitLab Runner, `POST /api/v4/jobs/request`). */
export function jobResponse(context: CoordinatorContext, assignment: Assignment): JobResponse {
  const { run, plan, record, timeout } = assignment;
  const token = context.tokens.jobToken(run.id);
  const { value: projectId } = assignment.variables.find(({ key }) => key === 'CI_PROJECT_ID') ?? { value: '1' };
  return {
    id: Number(run.id),
    token,
    allow_git_fetch: mayFetch(context, assignment),
    job_info: {
      name: run.name,
      stage: plan.stage,
      project_id: Number(projectId),
      project_name: record.stack,
      pipeline_id: Number(run.pipeline),
    },
    git_info: gitInfo(context, assignment),
    runner_info: { timeout },
    variables: assignment.variables.map(({ key, value, masked, raw }) => ({
      key,
      value,
      masked,
      raw,
      public: !masked,
    })),
    steps: stepsOf(assignment),
    image: plan.image === undefined ? undefined : imageOf(plan.image),
    services: plan.services.map(imageOf),
    artifacts: artifactsOf(assignment),
    cache: assignment.caches.map(cacheOf),
    hooks:
      plan.preGetSources === undefined ? [] : [{ name: 'pre_get_sources_script', script: [...plan.preGetSources] }],
    dependencies: assignment.dependencies.map(({ run: needed, artifact }) => ({
      id: Number(needed.id),
      token,
      name: needed.name,
      artifacts_file: { filename: 'artifacts.zip', size: artifact.size },
    })),
    features: { trace_sections: true, failure_reasons: [...FAILURE_REASONS] },
    trust: record.trust,
  };
}

/** Every job fetches the commit of its pipeline's topmost parent or its own: they are the same commit. */
function gitInfo(context: CoordinatorContext, assignment: Assignment): JobResponse['git_info'] {
  const { run, record } = assignment;
  return {
    repo_url: repositoryUrl(context, record, context.tokens.jobToken(run.id)),
    ref: record.ref,
    sha: record.sha,
    before_sha: beforeSha(record),
    ref_type: record.refType === 'tag' ? 'tag' : 'branch',
    refspecs: [`+refs/pipelines/${run.pipeline}:refs/pipelines/${run.pipeline}`],
    depth: depthOf(context, assignment),
    protected: record.trust === 'protected',
  };
}

/** Whether the runner may bring an older copy up to date (GitLab, "Git strategy"): the job's own word wins over the stack's. */
function mayFetch(context: CoordinatorContext, { record, variables }: Assignment): boolean {
  const strategy = valueOf(variables, 'GIT_STRATEGY') ?? context.stacks.get(record.stack)?.configuration.clone.strategy;
  return strategy !== 'clone';
}

/** Commits that the copy holds; 0: all (GitLab, "Shallow cloning"). */
function depthOf(context: CoordinatorContext, { record, variables }: Assignment): number {
  const asked = valueOf(variables, 'GIT_DEPTH');
  if (asked !== undefined && /^\d{1,9}$/.test(asked)) return Number(asked);
  return context.stacks.get(record.stack)?.configuration.clone.depth ?? 0;
}

function valueOf(variables: Assignment['variables'], name: string): string | undefined {
  return variables.findLast(({ key }) => key === name)?.value;
}

function stepsOf({ plan, timeout }: Assignment): JobResponse['steps'] {
  const script = { name: 'script', script: [...plan.script], timeout, when: 'on_success', allow_failure: false };
  if (plan.afterScript.length === 0) return [script];
  return [
    script,
    { name: 'after_script', script: [...plan.afterScript], timeout, when: 'always', allow_failure: true },
  ];
}

function imageOf({ pullPolicy, docker, variables = {}, ...image }: Image & Pick<Service, 'variables'>): JobImage {
  const list = Object.entries(variables).map(([key, { value, raw }]) => ({ key, value, raw }));
  return {
    ...image,
    ...(list.length === 0 ? {} : { variables: list }),
    ...(pullPolicy === undefined ? {} : { pull_policy: pullPolicy }),
    ...(docker === undefined ? {} : { executor_opts: { docker } }),
  };
}

function cacheOf({ key, untracked, policy, paths, when, fallbackKeys }: Cache): JobCache {
  return { key, untracked, policy, paths: [...paths], when, fallback_keys: [...fallbackKeys] };
}

/** Reports are uploaded however the job ends (https://docs.gitlab.com/ci/yaml/#artifactsreports). */
function artifactsOf({ plan }: Assignment): JobResponse['artifacts'] {
  const { artifacts } = plan;
  if (artifacts === undefined) return [];
  const { when, expireIn, reports } = artifacts;
  const expiry = expireIn === undefined ? undefined : expireIn === 0 ? 'never' : `${expireIn} seconds`;
  const archive = {
    name: artifacts.name,
    paths: [...artifacts.paths],
    exclude: [...artifacts.exclude],
    untracked: artifacts.untracked,
    when,
    expire_in: expiry,
    artifact_type: 'archive',
    artifact_format: 'zip' as const,
  };
  const hasArchive = artifacts.paths.length > 0 || artifacts.untracked;
  const report = (type: string, paths: readonly string[] | undefined): JobResponse['artifacts'] =>
    paths === undefined || paths.length === 0
      ? []
      : [
          {
            paths: [...paths],
            when: 'always',
            expire_in: expiry,
            artifact_type: type,
            artifact_format: 'gzip' as const,
          },
        ];
  return [...(hasArchive ? [archive] : []), ...report('dotenv', reports.dotenv), ...report('junit', reports.junit)];
}
