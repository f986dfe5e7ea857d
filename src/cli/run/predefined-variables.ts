import { environmentVariables } from '../../gitlab/index.ts';
import type { JobPlan } from '../../gitlab/index.ts';
import type { WorkingCopy } from './working-copy.ts';

export type TextVariables = Readonly<Record<string, string>>;

/**
 * GitLab's predefined variables that do not depend on a job (GitLab, "Predefined CI/CD variables reference"), as far as they
 * mean anything where there is no server.
 */
export function commitVariables(copy: WorkingCopy, version: string): TextVariables {
  const [title = '', ...rest] = copy.message.split('\n');
  const ref = copy.branch || copy.sha.slice(0, 8);
  return {
    CI: 'true',
    GITLAB_CI: 'true',
    CI_SERVER: 'yes',
    CI_SERVER_NAME: 'Slipway',
    CI_SERVER_URL: 'http://localhost',
    CI_SERVER_HOST: 'localhost',
    CI_PROJECT_ID: '1',
    CI_PROJECT_NAME: copy.name,
    CI_PROJECT_TITLE: copy.name,
    CI_PROJECT_NAMESPACE: 'local',
    CI_PROJECT_PATH: `local/${copy.name}`,
    CI_PROJECT_PATH_SLUG: slug(`local/${copy.name}`),
    CI_PROJECT_URL: `http://localhost/local/${copy.name}`,
    CI_DEFAULT_BRANCH: copy.defaultBranch,
    CI_CONFIG_PATH: '.gitlab-ci.yml',
    CI_COMMIT_SHA: copy.sha,
    CI_COMMIT_SHORT_SHA: copy.sha.slice(0, 8),
    CI_COMMIT_BEFORE_SHA: copy.before,
    CI_COMMIT_REF_NAME: ref,
    CI_COMMIT_REF_SLUG: slug(ref),
    CI_COMMIT_REF_PROTECTED: 'false',
    CI_COMMIT_TITLE: title,
    CI_COMMIT_DESCRIPTION: rest.join('\n').trim(),
    CI_COMMIT_MESSAGE: copy.message,
    CI_COMMIT_AUTHOR: copy.author,
    CI_COMMIT_TIMESTAMP: copy.timestamp,
    ...(copy.branch === '' ? {} : { CI_COMMIT_BRANCH: copy.branch }),
    ...(copy.remote === '' ? {} : { CI_REPOSITORY_URL: copy.remote }),
    SLIPWAY_VERSION: version,
  };
}

/** Those that need the pipeline's number. */
export function pipelineVariables(id: string, parent: string | undefined, createdAt: string): TextVariables {
  return {
    CI_PIPELINE_ID: id,
    CI_PIPELINE_IID: id,
    CI_PIPELINE_URL: `http://localhost/pipelines/${id}`,
    CI_PIPELINE_CREATED_AT: createdAt,
    ...(parent === undefined ? {} : { PARENT_PIPELINE_ID: parent }),
  };
}

export function jobVariables(plan: JobPlan, id: string, startedAt: string): TextVariables {
  return {
    CI_JOB_ID: id,
    CI_JOB_NAME: plan.name,
    CI_JOB_NAME_SLUG: slug(plan.name),
    CI_JOB_STAGE: plan.stage,
    CI_JOB_URL: `http://localhost/jobs/${id}`,
    CI_JOB_STARTED_AT: startedAt,
    CI_JOB_MANUAL: String(plan.when === 'manual'),
    CI_NODE_TOTAL: '1',
    ...(plan.environment === undefined ? {} : environmentVariables(plan.environment)),
    CI_RUNNER_DESCRIPTION: 'slipway run',
    CI_RUNNER_TAGS: JSON.stringify(plan.tags),
    ...(plan.image === undefined ? {} : { CI_JOB_IMAGE: plan.image.name }),
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
