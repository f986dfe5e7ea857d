import { writePipeline } from '../../gitlab/index.ts';
import type { JobPlan, PipelinePlan, Variables } from '../../gitlab/index.ts';

type Document = Readonly<Record<string, unknown>>;

/** The pipeline as YAML in which nothing is left to expand: no templates, no rules, every job as it will run. */
export function previewPipeline(plan: PipelinePlan): string {
  const variables = Object.keys(plan.variables).length === 0 ? {} : { variables: variablesOf(plan.variables) };
  const jobs = Object.fromEntries(plan.jobs.map((job) => [job.name, previewJob(job)]));
  return writePipeline({ stages: plan.stages, ...variables, ...jobs });
}

function previewJob(job: JobPlan): Document {
  const own: Document = {
    stage: job.stage,
    image: job.image,
    services: job.services,
    tags: job.tags,
    variables: variablesOf(job.variables),
    needs: job.needs?.map(previewNeed),
    dependencies: job.dependencies,
    when: job.when === 'on_success' ? undefined : job.when,
    start_in: job.startIn === undefined ? undefined : `${job.startIn} seconds`,
    allow_failure: previewAllowFailure(job),
    retry: job.retry.max === 0 ? undefined : previewRetry(job),
    timeout: job.timeout === undefined ? undefined : `${job.timeout} seconds`,
    interruptible: job.interruptible || undefined,
    resource_group: job.resourceGroup,
    id_tokens: job.idTokens && Object.fromEntries(Object.entries(job.idTokens).map(([name, aud]) => [name, { aud }])),
    script: job.script,
    after_script: job.afterScript,
    artifacts: previewArtifacts(job),
    trigger: previewTrigger(job),
  };
  const isThere = ([key, value]: [string, unknown]) =>
    key === 'needs' || key === 'dependencies' ? value !== undefined : !isEmpty(value);
  return Object.fromEntries(Object.entries(own).filter(isThere));
}

function previewNeed({ job, artifacts, optional, pipeline }: NonNullable<JobPlan['needs']>[number]): unknown {
  const more = {
    ...(artifacts ? {} : { artifacts }),
    ...(optional ? { optional } : {}),
    ...(pipeline === undefined ? {} : { pipeline }),
  };
  return Object.keys(more).length === 0 ? job : { job, ...more };
}

function previewAllowFailure({ allowFailure, when }: JobPlan): unknown {
  if (typeof allowFailure !== 'boolean') return { exit_codes: allowFailure.exitCodes };
  return allowFailure === (when === 'manual') ? undefined : allowFailure;
}

function previewRetry({ retry }: JobPlan): unknown {
  const { max, when, exitCodes } = retry;
  const isPlain = when.length === 1 && when[0] === 'always' && exitCodes.length === 0;
  if (isPlain) return max;
  return { max, ...(when.length === 0 ? {} : { when }), ...(exitCodes.length === 0 ? {} : { exit_codes: exitCodes }) };
}

function previewArtifacts({ artifacts }: JobPlan): unknown {
  if (artifacts === undefined) return undefined;
  const { paths, exclude, name, untracked, when, expireIn, reports } = artifacts;
  const own = {
    name,
    paths,
    exclude,
    untracked: untracked || undefined,
    when: when === 'on_success' ? undefined : when,
    expire_in: expireIn === undefined ? undefined : expireIn === 0 ? 'never' : `${expireIn} seconds`,
    reports,
  };
  return Object.fromEntries(Object.entries(own).filter(([, value]) => !isEmpty(value)));
}

function previewTrigger({ trigger }: JobPlan): unknown {
  if (trigger === undefined) return undefined;
  const { include, strategy, forward } = trigger;
  const { yamlVariables, pipelineVariables } = forward;
  return {
    include,
    ...(strategy === undefined ? {} : { strategy }),
    ...(yamlVariables && !pipelineVariables
      ? {}
      : { forward: { yaml_variables: yamlVariables, pipeline_variables: pipelineVariables } }),
  };
}

function variablesOf(variables: Variables): Document {
  const entries = Object.entries(variables).map(([name, { value, raw }]) => [
    name,
    raw ? { value, expand: false } : value,
  ]);
  return Object.fromEntries(entries);
}

function isEmpty(value: unknown): boolean {
  if (value === undefined) return true;
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
