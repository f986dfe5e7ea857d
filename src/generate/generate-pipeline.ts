import { writePipeline } from '../gitlab/index.ts';
import type { BuildDecision, BuildPlan } from './plan-build.ts';

export interface PipelineSettings {
  /** Folder of the artifacts, relative to the project. */
  readonly artifactsRoot: string;
  /** Folder of the environment (spack.yaml, recipes), relative to the project. */
  readonly environment: string;
  readonly pipelineType: 'spack_pull_request' | 'spack_protected_branch';
  /** The job that leaves the lock, and its pipeline: `CI_JOB_NAME`, `CI_PIPELINE_ID` of the generating job. */
  readonly generator?: { readonly job: string; readonly pipeline: string };
}

/** Failures that another attempt may mend. A failed script is not one: the same recipe fails again. */
const retry = {
  max: 2,
  when: [
    'runner_system_failure',
    'stuck_or_timeout_failure',
    'api_failure',
    'scheduler_failure',
    'stale_schedule',
    'data_integrity_failure',
    'unknown_failure',
  ],
};

/** The child pipeline for a plan, with every decision and its reason as a comment at the top. */
export function generatePipeline(plan: BuildPlan, settings: PipelineSettings): string {
  const jobs = plan.decisions.filter((decision) => decision.build);
  const document = jobs.length === 0 ? emptyPipeline() : buildPipeline(jobs, settings);
  return `${explanation(plan)}${writePipeline(document)}`;
}

function buildPipeline(jobs: readonly BuildDecision[], settings: PipelineSettings): Record<string, unknown> {
  const names = jobNames(jobs);
  const deepest = Math.max(...jobs.map((job) => job.depth));
  return {
    stages: Array.from({ length: deepest + 1 }, (_, depth) => `stage-${depth}`),
    variables: {
      SPACK_ARTIFACTS_ROOT: settings.artifactsRoot,
      SPACK_CONCRETE_ENV_DIR: `${settings.artifactsRoot}/concrete_environment`,
      SPACK_JOB_LOG_DIR: `${settings.artifactsRoot}/logs`,
      SPACK_PIPELINE_TYPE: settings.pipelineType,
      SLIPWAY_ENVIRONMENT: settings.environment,
    },
    workflow: { rules: [{ when: 'always' }] },
    ...Object.fromEntries(jobs.map((job) => [names.get(job.hash), buildJob(job, { names, settings })])),
  };
}

interface JobContext {
  readonly names: ReadonlyMap<string, string>;
  readonly settings: PipelineSettings;
}

function buildJob(job: BuildDecision, { names, settings }: JobContext): Record<string, unknown> {
  const { generator } = settings;
  return {
    stage: `stage-${job.depth}`,
    script: ['slipway rebuild'],
    variables: {
      SPACK_JOB_SPEC_DAG_HASH: job.hash,
      SPACK_JOB_SPEC_PKG_NAME: job.name,
      SPACK_JOB_SPEC_PKG_VERSION: job.version,
      SPACK_SPEC_NEEDS_REBUILD: 'True',
    },
    needs: [
      ...job.needs.map((hash) => ({ job: names.get(hash), artifacts: false })),
      ...(generator === undefined ? [] : [{ job: generator.job, pipeline: generator.pipeline }]),
    ],
    artifacts: { when: 'always', paths: [`${settings.artifactsRoot}/logs`] },
    retry,
    interruptible: true,
  };
}

/** GitLab wants at least one job. */
function emptyPipeline(): Record<string, unknown> {
  return {
    workflow: { rules: [{ when: 'always' }] },
    'no-specs-to-rebuild': {
      script: ['echo "All specs already up to date, nothing to rebuild."'],
      retry: 0,
      allow_failure: true,
    },
  };
}

/** `name@version /hash7`, with the whole hash for two that would have the same name. */
function jobNames(jobs: readonly BuildDecision[]): ReadonlyMap<string, string> {
  const short = (job: BuildDecision) => `${job.name}@${job.version} /${job.hash.slice(0, 7)}`;
  const counts = new Map<string, number>();
  for (const job of jobs) counts.set(short(job), (counts.get(short(job)) ?? 0) + 1);
  const name = (job: BuildDecision) =>
    counts.get(short(job)) === 1 ? short(job) : `${job.name}@${job.version} /${job.hash}`;
  return new Map(jobs.map((job) => [job.hash, name(job)]));
}

function explanation(plan: BuildPlan): string {
  const lines = plan.decisions.map(({ name, version, hash, build, reason }) => {
    const verb = build ? 'build' : 'keep ';
    return `# ${verb} ${name}@${version} /${hash.slice(0, 7)}: ${oneLine(reason)}\n`;
  });
  return lines.join('');
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}
