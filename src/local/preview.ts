import { dump } from 'js-yaml';
import {
  isForeignNeed,
  type ContainerImage,
  type JobPlan,
  type PipelinePlan,
  type Service,
  type Variables,
} from '../gitlab/index.ts';

type Document = Readonly<Record<string, unknown>>;

/** Returns the pipeline as YAML with everything expanded: no templates, no rules, every job as it will run. */
export function previewPipeline(plan: PipelinePlan): string {
  const variables = Object.keys(plan.variables).length === 0 ? undefined : variablesOf(plan.variables);
  const jobs = Object.fromEntries(
    plan.jobs.map((job) => [job.name, { ...previewInherit(job, plan.variables), ...previewJob(job) }]),
  );
  return dump({ stages: plan.stages, variables, ...jobs }, { lineWidth: -1, noRefs: true });
}

function previewJob(job: JobPlan): Document {
  const own: Document = {
    stage: job.stage,
    image: job.image && previewImage(job.image),
    services: job.services.map(previewImage),
    tags: job.tags,
    variables: variablesOf(job.variables),
    needs: job.needs?.map(previewNeed),
    dependencies: job.dependencies,
    when: job.when === 'on_success' ? undefined : job.when,
    start_in: seconds(job.startIn),
    manual_confirmation: job.manualConfirmation,
    allow_failure: previewAllowFailure(job),
    retry: job.retry.max === 0 ? undefined : previewRetry(job),
    timeout: seconds(job.timeout),
    interruptible: job.interruptible || undefined,
    resource_group: job.resourceGroup,
    environment: job.environment && previewEnvironment(job.environment),
    coverage: job.coverage,
    id_tokens: job.idTokens && Object.fromEntries(Object.entries(job.idTokens).map(([name, aud]) => [name, { aud }])),
    hooks: job.preGetSources && { pre_get_sources_script: job.preGetSources },
    cache: job.cache?.map(previewCache),
    script: job.script,
    after_script: job.afterScript,
    artifacts: previewArtifacts(job),
    trigger: previewTrigger(job),
  };
  const isThere = ([key, value]: [string, unknown]) =>
    key === 'needs' || key === 'dependencies' ? value !== undefined : !isEmpty(value);
  return Object.fromEntries(Object.entries(own).filter(isThere));
}

/** A job without some global variables inherits none; those that it has are its own. */
function previewInherit({ variables }: JobPlan, globals: Variables): Document {
  const hasAll = Object.keys(globals).every((name) => Object.hasOwn(variables, name));
  return hasAll ? {} : { inherit: { variables: false } };
}

function previewImage(image: ContainerImage | Service): Document {
  const { pullPolicy, variables, ...rest }: Service = image;
  return { ...rest, variables: variables && variablesOf(variables), pull_policy: pullPolicy };
}

function previewEnvironment(environment: NonNullable<JobPlan['environment']>): Document {
  const { onStop, autoStopIn, deploymentTier, ...rest } = environment;
  return { ...rest, on_stop: onStop, auto_stop_in: seconds(autoStopIn), deployment_tier: deploymentTier };
}

function previewCache(cache: NonNullable<JobPlan['cache']>[number]): Document {
  const { fallbackKeys, ...rest } = cache;
  return present({ ...rest, fallback_keys: fallbackKeys });
}

function seconds(count: number | undefined): string | undefined {
  return count === undefined ? undefined : `${count} seconds`;
}

function previewNeed(need: NonNullable<JobPlan['needs']>[number]): unknown {
  const { job, artifacts, optional, ...rest } = need;
  if (artifacts && !optional && !isForeignNeed(need)) return job;
  return { job, artifacts: artifacts ? undefined : false, optional: optional || undefined, ...rest };
}

function previewAllowFailure({ allowFailure, when }: JobPlan): unknown {
  if (typeof allowFailure !== 'boolean') return { exit_codes: allowFailure.exitCodes };
  return allowFailure === (when === 'manual') ? undefined : allowFailure;
}

function previewRetry({ retry }: JobPlan): unknown {
  const { max, when, exitCodes } = retry;
  const isPlain = when.length === 1 && when[0] === 'always' && exitCodes.length === 0;
  if (isPlain) return max;
  return present({ max, when, exit_codes: exitCodes });
}

function previewArtifacts({ artifacts }: JobPlan): unknown {
  if (artifacts === undefined) return undefined;
  const { expireIn, exposeAs, untracked, when, ...rest } = artifacts;
  return present({
    ...rest,
    untracked: untracked || undefined,
    when: when === 'on_success' ? undefined : when,
    expire_in: expireIn === 0 ? 'never' : seconds(expireIn),
    expose_as: exposeAs,
  });
}

function previewTrigger({ trigger }: JobPlan): unknown {
  if (trigger === undefined) return undefined;
  const { include, downstream, strategy, forward } = trigger;
  const { yamlVariables, pipelineVariables } = forward;
  return {
    ...(downstream ?? { include }),
    strategy,
    forward:
      yamlVariables && !pipelineVariables
        ? undefined
        : { yaml_variables: yamlVariables, pipeline_variables: pipelineVariables },
  };
}

function variablesOf(variables: Variables): Document {
  const entries = Object.entries(variables).map(([name, { value, raw }]) => [
    name,
    raw ? { value, expand: false } : value,
  ]);
  return Object.fromEntries(entries);
}

function present(document: Document): Document {
  return Object.fromEntries(Object.entries(document).filter(([, value]) => !isEmpty(value)));
}

function isEmpty(value: unknown): boolean {
  if (value === undefined) return true;
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
