import { serverVariables, slug } from '../../gitlab/index.ts';
import type { CommitInfo } from '../../forge/index.ts';
import type { CoordinatorContext } from '../context.ts';
import type { PipelineRecord, PipelineSubject } from '../ports.ts';

type Variables = Record<string, string>;

/** Namespace that all stacks have in `CI_PROJECT_PATH` and in the URLs of their repositories. */
export const projectNamespace = 'stacks';

/** Characters of `CI_COMMIT_MESSAGE`. */
const LONGEST_MESSAGE = 100_000;

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
    ...serverVariables(context.baseUrl()),
    SLIPWAY_VERSION: context.version,
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

/** Previous head of a pushed branch; zeros in all other cases, as GitLab documents `CI_COMMIT_BEFORE_SHA`. */
export function beforeSha(subject: PipelineSubject): string {
  return subject.beforeSha ?? '0'.repeat(40);
}

function projectVariables(context: CoordinatorContext, { stack }: PipelineSubject): Variables {
  const path = `${projectNamespace}/${stack}`;
  return {
    CI_PROJECT_ID: context.journey.projectId(stack),
    CI_PROJECT_NAME: stack,
    CI_PROJECT_TITLE: stack,
    CI_PROJECT_PATH: path,
    CI_PROJECT_PATH_SLUG: slug(path),
    CI_PROJECT_NAMESPACE: projectNamespace,
    CI_PROJECT_NAMESPACE_SLUG: slug(projectNamespace),
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
    CI_COMMIT_BEFORE_SHA: beforeSha(subject),
    CI_COMMIT_REF_NAME: subject.ref,
    CI_COMMIT_REF_SLUG: slug(subject.ref),
    CI_COMMIT_REF_PROTECTED: String(subject.trust === 'protected'),
    CI_COMMIT_TITLE: title,
    CI_COMMIT_DESCRIPTION: rest.join('\n').trim(),
    CI_COMMIT_MESSAGE: commit.message.slice(0, LONGEST_MESSAGE),
    CI_COMMIT_MESSAGE_IS_TRUNCATED: String(commit.message.length > LONGEST_MESSAGE),
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
