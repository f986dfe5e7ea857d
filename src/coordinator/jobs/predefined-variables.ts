import type { CommitInfo } from '../../forge/index.ts';
import type { CoordinatorContext } from '../context.ts';
import type { PipelineRecord, PipelineSubject } from '../ports.ts';

type Variables = Record<string, string>;

/** Namespace that all stacks have in `CI_PROJECT_PATH` and in the URLs of their repositories. */
export const projectNamespace = 'stacks';

const SERVER_VERSION = '17.0.0';

/**
 * GitLab's predefined variables that do not depend on a job (GitLab, "Predefined CI/CD variables reference"):
 * known when `rules` are decided, and given to each job.
 */
export function predefinedVariables(
  context: CoordinatorContext,
  subject: PipelineSubject,
  commit: CommitInfo,
): Variables {
  return {
    CI: 'true',
    GITLAB_CI: 'true',
    ...serverVariables(context),
    ...projectVariables(context, subject),
    ...commitVariables(subject, commit),
    ...requestVariables(context, subject),
  };
}

/** Those that need the pipeline's id. */
export function pipelineVariables(context: CoordinatorContext, record: PipelineRecord): Variables {
  return {
    CI_PIPELINE_ID: record.id,
    CI_PIPELINE_IID: record.id,
    CI_PIPELINE_URL: `${context.baseUrl()}/pipelines/${record.id}`,
    CI_PIPELINE_CREATED_AT: record.createdAt,
    ...(record.parent === undefined ? {} : { PARENT_PIPELINE_ID: record.parent.pipeline }),
  };
}

/** GitLab's name for what started a pipeline. */
export function pipelineSource(subject: PipelineSubject): string {
  if (subject.source === 'pull_request') return 'external_pull_request_event';
  return subject.source === 'tag' ? 'push' : subject.source;
}

function serverVariables(context: CoordinatorContext): Variables {
  const url = new URL(context.baseUrl());
  const [major, minor, patch] = SERVER_VERSION.split('.') as [string, string, string];
  return {
    CI_SERVER_URL: context.baseUrl(),
    CI_SERVER_HOST: url.hostname,
    CI_SERVER_PORT: url.port || (url.protocol === 'https:' ? '443' : '80'),
    CI_SERVER_PROTOCOL: url.protocol.replace(':', ''),
    CI_SERVER_FQDN: url.host,
    CI_SERVER_NAME: 'Slipway',
    CI_SERVER_VERSION: SERVER_VERSION,
    CI_SERVER_VERSION_MAJOR: major,
    CI_SERVER_VERSION_MINOR: minor,
    CI_SERVER_VERSION_PATCH: patch,
    CI_API_V4_URL: `${context.baseUrl()}/api/v4`,
    SLIPWAY_VERSION: context.version,
  };
}

function projectVariables(context: CoordinatorContext, { stack }: PipelineSubject): Variables {
  const path = `${projectNamespace}/${stack}`;
  return {
    CI_PROJECT_ID: String([...context.stacks.keys()].indexOf(stack) + 1),
    CI_PROJECT_NAME: stack,
    CI_PROJECT_TITLE: stack,
    CI_PROJECT_PATH: path,
    CI_PROJECT_PATH_SLUG: slug(path),
    CI_PROJECT_NAMESPACE: projectNamespace,
    CI_PROJECT_ROOT_NAMESPACE: projectNamespace,
    CI_PROJECT_URL: `${context.baseUrl()}/${path}`,
    CI_PROJECT_VISIBILITY: 'private',
    CI_DEFAULT_BRANCH: context.stacks.get(stack)?.configuration.defaultBranch ?? 'main',
    CI_CONFIG_PATH: '.gitlab-ci.yml',
  };
}

function commitVariables(subject: PipelineSubject, commit: CommitInfo): Variables {
  const [title = '', ...rest] = commit.message.split('\n');
  return {
    CI_PIPELINE_SOURCE: pipelineSource(subject),
    CI_COMMIT_SHA: subject.sha,
    CI_COMMIT_SHORT_SHA: subject.sha.slice(0, 8),
    CI_COMMIT_BEFORE_SHA: commit.parents[0] ?? '0'.repeat(40),
    CI_COMMIT_REF_NAME: subject.ref,
    CI_COMMIT_REF_SLUG: slug(subject.ref),
    CI_COMMIT_REF_PROTECTED: String(subject.trust === 'protected'),
    CI_COMMIT_TITLE: title,
    CI_COMMIT_DESCRIPTION: rest.join('\n').trim(),
    CI_COMMIT_MESSAGE: commit.message.slice(0, 100_000),
    CI_COMMIT_AUTHOR: commit.author,
    CI_COMMIT_TIMESTAMP: commit.date,
    ...(subject.refType === 'branch' ? { CI_COMMIT_BRANCH: subject.ref } : {}),
    ...(subject.refType === 'tag' ? { CI_COMMIT_TAG: subject.ref } : {}),
  };
}

function requestVariables(context: CoordinatorContext, subject: PipelineSubject): Variables {
  if (subject.request === undefined) return {};
  const request = context.journey.request(subject.stack, subject.request);
  return {
    CI_EXTERNAL_PULL_REQUEST_IID: subject.request,
    CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_NAME: subject.ref,
    CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_SHA: subject.head,
    CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_NAME: request?.baseBranch ?? '',
    CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_SHA: subject.base,
  };
}

/** GitLab's `_SLUG`: lower case, 63 characters, only `0-9a-z-`, no hyphen at either end. */
function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replace(/^-+|-+$/g, '');
}
