import { serverVariables, slug, type PipelinePlan, type Variables } from '../gitlab/index.ts';
import type { JobVariable } from '../protocol/index.ts';
import type { PipelineRecord, PipelineSubject } from './pipeline-record.ts';
import type { PipelineFacts, TextVariables } from './ports.ts';
import { userVariables } from './user-variables.ts';

/** Characters of `CI_COMMIT_MESSAGE`. */
const LONGEST_MESSAGE = 100_000;

/** Texts that people wrote: a `$` in them refers to nothing. */
const PROSE =
  /^CI_(COMMIT_(MESSAGE|TITLE|DESCRIPTION|AUTHOR|REF_NAME|BRANCH)|PROJECT_(NAME|TITLE|PATH))$|^GITLAB_USER_/;

/** The variables that all jobs of a pipeline have. */
export interface SharedVariables {
  readonly texts: TextVariables;
  /** In the form that expansion needs. */
  readonly variables: Variables;
  /** In the form that runners get; nothing in them is left to expand. */
  readonly list: readonly JobVariable[];
}

const shared = new WeakMap<PipelineFacts, Map<string, SharedVariables>>();

/** Returns the same object for all jobs of a pipeline for as long as the facts are the same object. */
export function sharedVariables(facts: PipelineFacts, record: PipelineRecord, plan: PipelinePlan): SharedVariables {
  const known = shared.get(facts) ?? new Map<string, SharedVariables>();
  shared.set(facts, known);
  const found = known.get(record.id);
  if (found !== undefined) return found;
  const texts: Record<string, string> = { ...predefinedVariables(facts, record), ...pipelineVariables(facts, record) };
  if (plan.name !== undefined) texts['CI_PIPELINE_NAME'] = plan.name;
  const list = Object.entries(texts).map(([key, value]) => ({ key, value, raw: true, masked: false, public: true }));
  const made = { texts, variables: asVariables(texts), list };
  known.set(record.id, made);
  return made;
}

/** Returns texts as variables that may refer to others. */
export function asVariables(texts: TextVariables): Variables {
  const isRaw = (name: string, value: string) => /[$%]/.test(value) && PROSE.test(name);
  return Object.fromEntries(
    Object.entries(texts).map(([name, value]) => [name, { value, raw: isRaw(name, value) }] as const),
  );
}

/**
 * Returns GitLab's predefined variables that do not depend on a job (GitLab, "Predefined CI/CD variables reference"):
 * known when `rules` are decided, and given to each job.
 */
export function predefinedVariables(facts: PipelineFacts, subject: PipelineSubject): TextVariables {
  return {
    CI: 'true',
    GITLAB_CI: 'true',
    CI_SERVER: 'yes',
    ...serverVariables(facts.serverUrl),
    SLIPWAY_VERSION: facts.version,
    ...projectVariables(facts),
    ...commitVariables(facts, subject),
    ...requestVariables(facts, subject),
    ...userVariables(facts),
    ...facts.variables,
  };
}

/** Returns GitLab's name for what started a pipeline. */
export function pipelineSource(subject: PipelineSubject): string {
  if (subject.source === 'pull_request' || subject.source === 'merge_queue') return 'external_pull_request_event';
  return subject.source === 'tag' ? 'push' : subject.source;
}

/** Returns the previous head of a pushed branch, and zeros otherwise, as GitLab documents `CI_COMMIT_BEFORE_SHA`. */
export function beforeSha(subject: PipelineSubject): string {
  return subject.beforeSha ?? '0'.repeat(40);
}

function pipelineVariables({ serverUrl }: PipelineFacts, { id, createdAt, parent }: PipelineRecord): TextVariables {
  return {
    CI_PIPELINE_ID: id,
    CI_PIPELINE_IID: id,
    CI_PIPELINE_URL: `${serverUrl}/pipelines/${id}`,
    CI_PIPELINE_CREATED_AT: createdAt,
    ...(parent === undefined ? {} : { PARENT_PIPELINE_ID: parent.pipeline }),
  };
}

function projectVariables({ serverUrl, project, defaultBranch, configPath }: PipelineFacts): TextVariables {
  const { id, name, path } = project;
  const namespace = path.split('/').slice(0, -1).join('/');
  return {
    CI_PROJECT_ID: id,
    CI_PROJECT_NAME: name,
    CI_PROJECT_TITLE: name,
    CI_PROJECT_PATH: path,
    CI_PROJECT_PATH_SLUG: slug(path),
    CI_PROJECT_NAMESPACE: namespace,
    CI_PROJECT_NAMESPACE_SLUG: slug(namespace),
    CI_PROJECT_ROOT_NAMESPACE: namespace.replace(/\/.*/, ''),
    CI_PROJECT_URL: `${serverUrl}/${path}`,
    CI_PROJECT_VISIBILITY: 'private',
    CI_DEFAULT_BRANCH: defaultBranch,
    CI_CONFIG_PATH: configPath,
  };
}

function commitVariables({ commit, isDetached = false }: PipelineFacts, subject: PipelineSubject): TextVariables {
  const [title = '', ...rest] = commit.message.split('\n');
  const { refType, ref, sha, trust } = subject;
  return {
    CI_PIPELINE_SOURCE: pipelineSource(subject),
    CI_COMMIT_SHA: sha,
    CI_COMMIT_SHORT_SHA: sha.slice(0, 8),
    CI_COMMIT_BEFORE_SHA: beforeSha(subject),
    CI_COMMIT_REF_NAME: ref,
    CI_COMMIT_REF_SLUG: slug(ref),
    CI_COMMIT_REF_PROTECTED: String(trust === 'protected'),
    CI_COMMIT_TITLE: title,
    CI_COMMIT_DESCRIPTION: rest.join('\n').trim(),
    CI_COMMIT_MESSAGE: commit.message.slice(0, LONGEST_MESSAGE),
    CI_COMMIT_MESSAGE_IS_TRUNCATED: String(commit.message.length > LONGEST_MESSAGE),
    CI_COMMIT_AUTHOR: commit.author,
    CI_COMMIT_TIMESTAMP: commit.date,
    ...(refType === 'branch' && !isDetached ? { CI_COMMIT_BRANCH: ref } : {}),
    ...(refType === 'tag' ? { CI_COMMIT_TAG: ref } : {}),
  };
}

function requestVariables({ targetBranch = '' }: PipelineFacts, subject: PipelineSubject): TextVariables {
  if (subject.request === undefined) return {};
  return {
    CI_EXTERNAL_PULL_REQUEST_IID: subject.request,
    CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_NAME: subject.ref,
    CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_SHA: subject.head,
    CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_NAME: targetBranch,
    CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_SHA: subject.base,
    ...(subject.refType === 'merge-queue' ? trainVariables(subject) : {}),
  };
}

/** Distinguishes a pipeline of GitLab's merge trains from that of its merge request. */
function trainVariables({ base }: PipelineSubject): TextVariables {
  return { CI_MERGE_REQUEST_EVENT_TYPE: 'merge_train', CI_MERGE_REQUEST_DIFF_BASE_SHA: base };
}
