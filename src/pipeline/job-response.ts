import type { Cache, ContainerImage, Service } from '../gitlab/index.ts';
import { FAILURE_REASONS, type JobCache, type JobImage, type JobResponse } from '../protocol/index.ts';
import type { AssignedJob } from './describe-job.ts';

/** What a runner needs to know besides the job itself. */
interface RunnerAccess {
  /** Opens the runner API for the job, and the archives that it depends on. */
  readonly token: string;
  readonly allowGitFetch: boolean;
  readonly gitInfo: JobResponse['git_info'];
}

/** Describes a job in the words of the runner API (GitLab Runner, `POST /api/v4/jobs/request`). */
export function jobResponse(assigned: AssignedJob, { token, allowGitFetch, gitInfo }: RunnerAccess): JobResponse {
  const { run, plan, record, timeout, variables, dependencies, caches } = assigned;
  return {
    id: Number(run.id),
    token,
    allow_git_fetch: allowGitFetch,
    job_info: {
      name: run.name,
      stage: plan.stage,
      project_id: Number(variableOf(assigned, 'CI_PROJECT_ID') ?? 1),
      project_name: record.stack,
      pipeline_id: Number(run.pipeline),
    },
    git_info: gitInfo,
    runner_info: { timeout },
    variables: [...variables],
    steps: stepsOf(assigned),
    image: plan.image === undefined ? undefined : imageOf(plan.image),
    services: plan.services.map(imageOf),
    artifacts: artifactsOf(assigned),
    cache: caches.map(cacheOf),
    hooks:
      plan.preGetSources === undefined ? [] : [{ name: 'pre_get_sources_script', script: [...plan.preGetSources] }],
    dependencies: dependencies.map(({ run: needed, archive }) => ({
      id: Number(needed.id),
      token,
      name: needed.name,
      artifacts_file: { filename: 'artifacts.zip', size: archive.size },
    })),
    features: { trace_sections: true, failure_reasons: [...FAILURE_REASONS] },
    trust: record.trust,
  };
}

/** Returns the value of one of the job's variables. */
export function variableOf({ variables }: Pick<AssignedJob, 'variables'>, name: string): string | undefined {
  return variables.findLast(({ key }) => key === name)?.value;
}

function stepsOf({ plan, timeout }: AssignedJob): JobResponse['steps'] {
  const script = { name: 'script', script: [...plan.script], timeout, when: 'on_success', allow_failure: false };
  if (plan.afterScript.length === 0) return [script];
  return [
    script,
    { name: 'after_script', script: [...plan.afterScript], timeout, when: 'always', allow_failure: true },
  ];
}

function imageOf({
  pullPolicy,
  docker,
  variables = {},
  ...image
}: ContainerImage & Pick<Service, 'variables'>): JobImage {
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
function artifactsOf({ plan }: AssignedJob): JobResponse['artifacts'] {
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
