import { readFile } from 'node:fs/promises';
import type {
  JobRun,
  PipelineFacts,
  PipelineRecord,
  PipelineSubject,
  Sources,
  TextVariables,
  VariableValue,
} from '../../pipeline/index.ts';
import type { CommitInfo } from '../../forge/index.ts';
import { commitSources } from '../changes/commit-sources.ts';
import type { CoordinatorContext, PipelineFiles, Stack, StackRegistry } from '../context.ts';
import { coordinatorError } from '../errors.ts';
import { artifactPath, readArchived } from './artifact-files.ts';
import { dotenvVariables } from './dotenv-report.ts';
import { writePrefixOf } from './mirror-desk.ts';
import { testedLocks } from './tested-lock.ts';

/** Namespace that all stacks have in `CI_PROJECT_PATH` and in the URLs of their repositories. */
export const projectNamespace = 'stacks';

/**
 * What a server's pipelines are made of: the forge, the artifacts in the data folder, and the stack's configuration.
 */
export function stackSources(context: CoordinatorContext): Sources {
  return {
    facts: async (subject) => {
      const stack = stackOf(context, subject);
      return factsOf(context, subject, { stack, commit: await stack.forge.commit(subject.sha) });
    },
    files: (subject) => commitSources(stackOf(context, subject).forge, subject),
    keep: async (record) => stackOf(context, record).forge.keep(record.id, record.sha),
    readArchived: async (run, path) => (await readArchived(context, run.id, path))?.toString('utf8'),
    dotenv: async (run) => {
      const report = context.pipelines.artifacts(run.id).find(({ type }) => type === 'dotenv');
      return report === undefined ? {} : dotenvVariables(await readFile(artifactPath(context, report)));
    },
    jobVariables: async (run, record) => {
      await stackOf(context, record).mirror.prepare(writePrefixOf(record));
      const token = context.tokens.jobToken(run.id);
      const key = context.tokens.accessKey(run.id);
      return {
        ...plain(runnerVariables(context, run)),
        ...plain(mirrorVariables(context, run, record)),
        CI_JOB_TOKEN: secret(token),
        CI_REPOSITORY_URL: visible(repositoryUrl(context, record, token)),
        AWS_ACCESS_KEY_ID: visible(key.accessKeyId),
        AWS_SECRET_ACCESS_KEY: secret(key.secretAccessKey),
      };
    },
    signToken: (claims) => context.idTokens.sign(claims),
  };
}

/** URL by which a job fetches its commit. */
export function repositoryUrl(
  context: Pick<CoordinatorContext, 'baseUrl'>,
  { stack }: PipelineRecord,
  token: string,
): string {
  const url = new URL(`${context.baseUrl()}/${projectNamespace}/${stack}.git`);
  url.username = 'gitlab-ci-token';
  url.password = token;
  return url.href;
}

function stackOf({ stacks }: StackRegistry, { stack: name }: PipelineSubject): Stack {
  const stack = stacks.get(name);
  if (stack === undefined) throw coordinatorError('STACK_UNKNOWN', { stack: name });
  return stack;
}

function factsOf(
  context: Pick<CoordinatorContext, 'baseUrl' | 'configuration' | 'ledger' | 'version'>,
  { trust, request, stack: name }: PipelineSubject,
  { stack, commit }: { readonly stack: Stack; readonly commit: CommitInfo },
): PipelineFacts {
  const { defaultBranch, variables, jobTimeout } = stack.configuration;
  const targetBranch = request === undefined ? undefined : context.ledger.request(name, request)?.baseBranch;
  const isOpen = (scope: 'protected' | 'trusted') =>
    trust === 'protected' || (scope === 'trusted' && trust === 'pull-request');
  const secrets = stack.secrets.filter(({ scope }) => isOpen(scope));
  return {
    serverUrl: context.baseUrl(),
    version: context.version,
    project: { id: context.ledger.projectId(name), name, path: `${projectNamespace}/${name}` },
    defaultBranch,
    configPath: '.gitlab-ci.yml',
    commit,
    ...(targetBranch === undefined ? {} : { targetBranch }),
    variables: {},
    projectVariables: variables,
    secrets: Object.fromEntries(secrets.map((one) => [one.name, one.value.reveal()])),
    jobTimeout,
    limits: { maxLength: context.configuration.limits.pipelineBytes },
  };
}

/** Those of the runner that has the job; a runner adds its version, architecture and short token itself. */
function runnerVariables({ runners }: Pick<CoordinatorContext, 'runners'>, { runner }: JobRun): TextVariables {
  const traits = runner === undefined ? undefined : runners.named(runner);
  if (traits === undefined) return {};
  return {
    CI_RUNNER_ID: String(traits.id),
    CI_RUNNER_DESCRIPTION: traits.name,
    CI_RUNNER_TAGS: JSON.stringify(traits.tags),
  };
}

function mirrorVariables(
  context: PipelineFiles & StackRegistry & Pick<CoordinatorContext, 'baseUrl' | 'signing'>,
  run: JobRun,
  record: PipelineRecord,
): TextVariables {
  const prefix = writePrefixOf(record);
  return {
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

function plain(texts: TextVariables): Readonly<Record<string, VariableValue>> {
  return Object.fromEntries(Object.entries(texts).map(([name, value]) => [name, visible(value)]));
}

function visible(value: string): VariableValue {
  return { value, raw: false, masked: false };
}

function secret(value: string): VariableValue {
  return { value, raw: false, masked: true };
}
