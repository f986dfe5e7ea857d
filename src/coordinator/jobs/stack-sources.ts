import { readFile } from 'node:fs/promises';
import type {
  JobRun,
  PipelineFacts,
  PipelineRecord,
  PipelineSubject,
  Sources,
  VariableValue,
} from '../../pipeline/index.ts';
import type { CommitInfo } from '../../forge/index.ts';
import { commitIncludes } from '../changes/commit-includes.ts';
import { commitSources } from '../changes/commit-sources.ts';
import { includableRepositories } from '../changes/includable-repositories.ts';
import type { CoordinatorContext, PipelineFiles, Stack, StackRegistry } from '../context.ts';
import { coordinatorError } from '../errors.ts';
import { projectNamespace } from '../project-namespace.ts';
import type { Admission } from '../resources/admission.ts';
import type { ExpectedResources } from '../resources/expected-resources.ts';
import { artifactPath, readArchived } from '../artifacts/artifact-files.ts';
import { dotenvVariables } from '../artifacts/dotenv-report.ts';
import { baseLocks, lockCandidates } from '../locks/lock-candidates.ts';
import { writePrefixOf } from '../mirror/mirror-access.ts';
import { PipelineUsers } from './pipeline-users.ts';

const MEBIBYTE = 2 ** 20;

/**
 * What a server's pipelines are made of: the forge, the artifacts in the data folder, and the stack's configuration.
 */
export function stackSources(context: CoordinatorContext, admission: Pick<Admission, 'needsOf'>): Sources {
  const users = new PipelineUsers(context);
  const facts = async (subject: PipelineSubject) => {
    const stack = stackOf(context, subject);
    const user = await users.userOf(stack, subject);
    return factsOf(context, subject, { stack, commit: await stack.forge.commit(subject.sha), user });
  };
  return {
    facts,
    files: (subject, pinned = []) => {
      const stack = stackOf(context, subject);
      const repositories = includableRepositories(context, stack);
      const includes = commitIncludes({ stack, subject, pinned, repositories, facts: () => facts(subject) });
      return commitSources(stack.forge, subject, includes);
    },
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
        ...runnerVariables(context, run),
        ...mirrorVariables(context, run, record),
        ...resourceVariables(admission.needsOf(run)),
        CI_JOB_TOKEN: secret(token),
        CI_REPOSITORY_URL: visible(repositoryUrl(context, record, token)),
        AWS_ACCESS_KEY_ID: visible(key.accessKeyId),
        AWS_SECRET_ACCESS_KEY: secret(key.secretAccessKey),
      };
    },
    signToken: async (claims, record) => {
      const stack = stackOf(context, record);
      const user = await users.userOf(stack, record);
      const level = user === undefined ? undefined : await users.accessLevel(stack, user);
      return context.idTokens.sign({ ...claims, user_access_level: level });
    },
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
  { stack, commit, user }: { readonly stack: Stack; readonly commit: CommitInfo; readonly user: string | undefined },
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
    user,
    targetBranch,
    variables: {},
    projectVariables: variables,
    secretFiles: secrets.filter(({ isFile }) => isFile === true).map((one) => one.name),
    secrets: withSpackName(Object.fromEntries(secrets.map((one) => [one.name, one.value.reveal()]))),
    jobTimeout,
    limits: { maxLength: context.configuration.limits.pipelineBytes },
  };
}

/** Spack's documentation has one name of the token for CDash, and Spack itself reads another. */
function withSpackName(secrets: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { CDASH_AUTH_TOKEN: token } = secrets;
  return token === undefined ? secrets : { SPACK_CDASH_AUTH_TOKEN: token, ...secrets };
}

type Values = Readonly<Record<string, VariableValue>>;

/** Variables of the runner that has the job; a runner adds its version, architecture and short token itself. */
function runnerVariables({ runners }: Pick<CoordinatorContext, 'runners'>, { runner }: JobRun): Values {
  const traits = runner === undefined ? undefined : runners.named(runner);
  if (traits === undefined) return {};
  return {
    CI_RUNNER_ID: visible(String(traits.id)),
    CI_RUNNER_DESCRIPTION: visible(traits.name),
    CI_RUNNER_TAGS: visible(JSON.stringify(traits.tags)),
  };
}

/** For runners that start each job elsewhere, with memory and CPUs of its own. */
function resourceVariables({ memory, busyCpus }: ExpectedResources): Values {
  return {
    ...(memory === 0 ? {} : { SLIPWAY_EXPECTED_MEMORY: visible(String(Math.ceil(memory / MEBIBYTE))) }),
    ...(busyCpus === undefined ? {} : { SLIPWAY_EXPECTED_CPUS: visible(String(busyCpus)) }),
  };
}

function mirrorVariables(
  context: PipelineFiles & StackRegistry & Pick<CoordinatorContext, 'baseUrl' | 'ledger' | 'signing'>,
  run: JobRun,
  record: PipelineRecord,
): Values {
  const prefix = writePrefixOf(record);
  const baseUrl = context.baseUrl();
  const bucket = `s3://${record.stack}`;
  return {
    S3_ENDPOINT_URL: visible(`${baseUrl}/s3`),
    SLIPWAY_MIRROR: visible(prefix === '' ? bucket : `${bucket}/${prefix}`),
    SLIPWAY_MIRROR_SOURCE: visible(bucket),
    SLIPWAY_TRUSTED_KEYS: visible(context.signing.publicKey),
    SLIPWAY_TRUST: visible(record.trust),
    ...((lockCandidates(context, run) ?? baseLocks(context, run)) && {
      SLIPWAY_TESTED_LOCKS: visible(`${baseUrl}/api/v1/jobs/${run.id}/tested-locks`),
    }),
  };
}

function visible(value: string): VariableValue {
  return { value, raw: false, masked: false };
}

function secret(value: string): VariableValue {
  return { value, raw: false, masked: true };
}
