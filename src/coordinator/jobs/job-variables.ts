import { plannedVariables, resolveVariables } from '../../gitlab/index.ts';
import type { JobPlan } from '../../gitlab/index.ts';
import type { CoordinatorContext, Stack } from '../context.ts';
import { reportedVariables } from './dotenv-report.ts';
import { idTokensOf } from './id-tokens.ts';
import { writePrefixOf } from './mirror-desk.ts';
import { testedLocks } from './tested-lock.ts';
import type { JobRun, PipelineRecord } from '../ports.ts';
import { pipelineVariables, predefinedVariables, projectNamespace } from './predefined-variables.ts';

export interface JobVariable {
  readonly key: string;
  readonly value: string;
  readonly masked: boolean;
  /** No expansion of `$` by the runner. */
  readonly raw: boolean;
}

export interface JobSubject {
  readonly run: JobRun;
  readonly record: PipelineRecord;
  readonly plan: JobPlan;
  readonly stack: Stack;
  /** Seconds that the job may take. */
  readonly timeout: number;
}

/**
 * The whole environment of a job, lowest precedence first: GitLab's `CI_*`, the mirror and its credentials, the job's
 * own variables, what jobs before it reported, the stack's, what somebody gave, and its secrets as far as the pipeline is trusted. Nothing of the server's environment.
 */
export async function jobVariables(context: CoordinatorContext, subject: JobSubject): Promise<readonly JobVariable[]> {
  const { record, plan, stack } = subject;
  const commit = await stack.forge.commit(record.sha);
  await stack.mirror.prepare(writePrefixOf(record));
  const { plan: pipeline, jobs } = context.pipelines.state(record.id);
  const plain = {
    ...predefinedVariables(context, record, commit),
    ...pipelineVariables(context, record),
    ...(pipeline.name === undefined ? {} : { CI_PIPELINE_NAME: pipeline.name }),
    ...perJob(context, subject),
    ...mirrorVariables(context, subject),
  };
  const names = pipeline.given ?? [];
  const given = Object.fromEntries(Object.entries(plan.variables).filter(([name]) => names.includes(name)));
  const all = {
    ...asPlan(plain),
    ...plan.variables,
    ...asPlan(reportedVariables(context, record, plan)),
    ...asPlan(stack.configuration.variables),
    ...given,
    ...asPlan(jobs[plan.name]?.given ?? {}),
  };
  const resolved = resolveVariables(all);
  const masked = new Set([
    context.tokens.jobToken(subject.run.id),
    context.tokens.accessKey(subject.run.id).secretAccessKey,
  ]);
  const variables = Object.entries(resolved).map(([key, value]) => ({
    key,
    value,
    raw: all[key]?.raw ?? false,
    masked: masked.has(value),
  }));
  const own = [...variables, ...secretVariables(stack, record)];
  const identity = await idTokensOf(context, { plan, record, timeout: subject.timeout, variables: resolved });
  const taken = new Set([...names, ...stack.secrets.map(({ name }) => name)]);
  return [...own, ...asSecrets(identity).filter(({ key }) => !taken.has(key))];
}

function perJob(context: CoordinatorContext, { run, record, plan }: JobSubject): Record<string, string> {
  const token = context.tokens.jobToken(run.id);
  const repository = new URL(`${context.baseUrl()}/${projectNamespace}/${record.stack}.git`);
  repository.username = 'gitlab-ci-token';
  repository.password = token;
  return {
    ...plannedVariables(plan),
    CI_JOB_ID: run.id,
    CI_JOB_URL: `${context.baseUrl()}/jobs/${run.id}`,
    CI_JOB_TOKEN: token,
    CI_JOB_STARTED_AT: run.startedAt ?? '',
    CI_REPOSITORY_URL: repository.href,
    ...runnerVariables(context, run),
  };
}

/** Those of the runner that has the job; a runner adds its version, architecture and short token itself. */
function runnerVariables({ runners }: CoordinatorContext, { runner }: JobRun): Record<string, string> {
  const traits = runner === undefined ? undefined : runners.named(runner);
  if (traits === undefined) return {};
  return {
    CI_RUNNER_ID: String(traits.id),
    CI_RUNNER_DESCRIPTION: traits.name,
    CI_RUNNER_TAGS: JSON.stringify(traits.tags),
  };
}

function mirrorVariables(context: CoordinatorContext, { run, record }: JobSubject): Record<string, string> {
  const key = context.tokens.accessKey(run.id);
  const prefix = writePrefixOf(record);
  return {
    AWS_ACCESS_KEY_ID: key.accessKeyId,
    AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
    S3_ENDPOINT_URL: `${context.baseUrl()}/s3`,
    SLIPWAY_MIRROR: prefix === '' ? `s3://${record.stack}` : `s3://${record.stack}/${prefix}`,
    SLIPWAY_MIRROR_SOURCE: `s3://${record.stack}`,
    SLIPWAY_TRUSTED_KEYS: context.signing.publicKey,
    SLIPWAY_TRUST: record.trust,
    ...(testedLocks(context, run) === undefined
      ? {}
      : { SLIPWAY_TESTED_LOCKS: `${context.baseUrl()}/api/v1/jobs/${run.id}/tested-locks` }),
  };
}

function secretVariables(stack: Stack, record: PipelineRecord): readonly JobVariable[] {
  return stack.secrets
    .filter(({ scope }) => record.trust === 'protected' || (scope === 'trusted' && record.trust === 'pull-request'))
    .map(({ name, value }) => ({ key: name, value: value.reveal(), masked: true, raw: true }));
}

function asSecrets(values: Readonly<Record<string, string>>): readonly JobVariable[] {
  return Object.entries(values).map(([key, value]) => ({ key, value, masked: true, raw: true }));
}

function asPlan(variables: Readonly<Record<string, string>>): Record<string, { value: string; raw: boolean }> {
  return Object.fromEntries(Object.entries(variables).map(([key, value]) => [key, { value, raw: false }]));
}
