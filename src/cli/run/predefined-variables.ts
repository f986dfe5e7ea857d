import { plannedVariables, serverVariables, slug } from '../../gitlab/index.ts';
import type { JobPlan } from '../../gitlab/index.ts';
import { executableArch } from '../../executor/index.ts';
import type { WorkingCopy } from './working-copy.ts';

export type TextVariables = Readonly<Record<string, string>>;

/** There is none; jobs that make an address of it get a well-formed one. */
const SERVER = 'http://localhost';
const NAMESPACE = 'local';

/**
 * GitLab's predefined variables that do not depend on a job (GitLab, "Predefined CI/CD variables reference"), as far as they
 * mean anything where there is no server.
 */
export function commitVariables(copy: WorkingCopy, version: string): TextVariables {
  const [title = '', ...rest] = copy.message.split('\n');
  const ref = copy.branch || copy.sha.slice(0, 8);
  const { path, namespace, name } = projectOf(copy);
  return {
    CI: 'true',
    GITLAB_CI: 'true',
    CI_SERVER: 'yes',
    ...serverVariables(SERVER),
    CI_PROJECT_ID: '1',
    CI_PROJECT_NAME: name,
    CI_PROJECT_TITLE: name,
    CI_PROJECT_NAMESPACE: namespace,
    CI_PROJECT_NAMESPACE_SLUG: slug(namespace),
    CI_PROJECT_ROOT_NAMESPACE: namespace.replace(/\/.*/, ''),
    CI_PROJECT_PATH: path,
    CI_PROJECT_PATH_SLUG: slug(path),
    CI_PROJECT_URL: `${SERVER}/${path}`,
    CI_PROJECT_VISIBILITY: 'private',
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
    CI_COMMIT_MESSAGE_IS_TRUNCATED: 'false',
    CI_COMMIT_AUTHOR: copy.author,
    CI_COMMIT_TIMESTAMP: copy.timestamp,
    ...(copy.branch === '' ? {} : { CI_COMMIT_BRANCH: copy.branch }),
    ...(copy.remote === '' ? {} : { CI_REPOSITORY_URL: copy.remote }),
    CI_RUNNER_VERSION: version,
    CI_RUNNER_REVISION: version,
    CI_RUNNER_SHORT_TOKEN: 'local',
    SLIPWAY_VERSION: version,
  };
}

/** A remote with a host, as URL or in the short form of ssh, without credentials: its path. */
const REMOTE = /^(?:(?:https?|ssh|git):\/\/(?:[^/@]*@)?[^/]+\/|(?:[^/@]+@)?[^/:]+:(?!\/\/))\/*(.+?)(?:\.git)?\/*$/;

/** The project that `origin` names, as `group/…/name`; without such a remote the folder, in a namespace of our own. */
function projectOf({ remote, name }: WorkingCopy): { path: string; namespace: string; name: string } {
  const path = REMOTE.exec(remote)?.[1];
  const cut = path?.lastIndexOf('/') ?? -1;
  if (path === undefined || cut <= 0) return { path: `${NAMESPACE}/${name}`, namespace: NAMESPACE, name };
  return { path, namespace: path.slice(0, cut), name: path.slice(cut + 1) };
}

const spackNames = [
  'SPACK_ROOT',
  'SPACK_PYTHON',
  'SPACK_REPO',
  'SPACK_REF',
  'SPACK_USER_CONFIG_PATH',
  'SPACK_SYSTEM_CONFIG_PATH',
  'SPACK_USER_CACHE_PATH',
  'SPACK_DISABLE_LOCAL_CONFIG',
];

/** Which Spack a person works with, and where its configuration lies: all else of their environment is kept from jobs. */
export function spackVariables(env: Readonly<Record<string, string | undefined>>): TextVariables {
  const known = spackNames.flatMap((name) => {
    const value = env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(known);
}

/** Those that need the pipeline's number. */
export function pipelineVariables(
  id: string,
  { parent, name, createdAt }: { parent: string | undefined; name: string | undefined; createdAt: string },
): TextVariables {
  return {
    ...(name === undefined ? {} : { CI_PIPELINE_NAME: name }),
    CI_PIPELINE_ID: id,
    CI_PIPELINE_IID: id,
    CI_PIPELINE_URL: `${SERVER}/pipelines/${id}`,
    CI_PIPELINE_CREATED_AT: createdAt,
    ...(parent === undefined ? {} : { PARENT_PIPELINE_ID: parent }),
  };
}

export function jobVariables(plan: JobPlan, id: string, startedAt: string): TextVariables {
  return {
    ...plannedVariables(plan),
    CI_JOB_ID: id,
    CI_JOB_URL: `${SERVER}/jobs/${id}`,
    CI_JOB_STARTED_AT: startedAt,
    CI_RUNNER_ID: '1',
    CI_RUNNER_DESCRIPTION: 'slipway run',
    CI_RUNNER_EXECUTABLE_ARCH: executableArch,
    CI_SHARED_ENVIRONMENT: 'true',
  };
}
