import type { PipelineFacts, PipelineSubject, TextVariables } from '../pipeline/index.ts';
import { executableArch } from '../executor/index.ts';
import type { WorkingCopy } from './working-copy.ts';

/** There is no server; jobs that build an address of it get a well-formed one. */
const SERVER = 'http://localhost';
const NAMESPACE = 'local';
/** GitLab's default, in seconds. */
const JOB_TIMEOUT = 3600;

/** Returns what a run works on: the commit of the working copy, whose ref counts as unprotected. */
export function localSubject(copy: WorkingCopy, source = 'push'): PipelineSubject {
  const { name, sha, before, branch } = copy;
  return {
    stack: name,
    source,
    refType: 'branch',
    ref: branch || sha.slice(0, 8),
    head: sha,
    base: sha,
    sha,
    tree: '',
    trust: 'pull-request',
    beforeSha: before,
  };
}

interface LocalSetting {
  readonly version: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly secrets: TextVariables;
  readonly configPath: string;
}

/** Returns what predefined variables are made of, as far as they mean anything without a server. */
export function localFacts(copy: WorkingCopy, { version, env, secrets, configPath }: LocalSetting): PipelineFacts {
  const { message, author, timestamp, defaultBranch, remote } = copy;
  return {
    serverUrl: SERVER,
    version,
    project: projectOf(copy),
    defaultBranch,
    configPath,
    commit: { message, author, date: timestamp },
    isDetached: copy.branch === '',
    variables: {
      ...spackVariables(env),
      ...(remote === '' ? {} : { CI_REPOSITORY_URL: remote }),
      CI_RUNNER_ID: '1',
      CI_RUNNER_DESCRIPTION: 'slipway run',
      CI_RUNNER_EXECUTABLE_ARCH: executableArch,
      CI_RUNNER_VERSION: version,
      CI_RUNNER_REVISION: version,
      CI_RUNNER_SHORT_TOKEN: 'local',
      CI_SHARED_ENVIRONMENT: 'true',
    },
    projectVariables: secrets,
    secrets,
    jobTimeout: JOB_TIMEOUT,
    limits: {},
  };
}

/** A remote with a host, as URL or in the short form of ssh, without credentials: its path. */
const REMOTE = /^(?:(?:https?|ssh|git):\/\/(?:[^/@]*@)?[^/]+\/|(?:[^/@]+@)?[^/:]+:(?!\/\/))\/*(.+?)(?:\.git)?\/*$/;

/** Returns the project that `origin` names; without such a remote, the folder in a namespace of our own. */
function projectOf({ remote, name }: WorkingCopy): PipelineFacts['project'] {
  const path = REMOTE.exec(remote)?.[1];
  const cut = path?.lastIndexOf('/') ?? -1;
  if (path === undefined || cut <= 0) return { id: '1', path: `${NAMESPACE}/${name}`, name };
  return { id: '1', path, name: path.slice(cut + 1) };
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

/** Which Spack a person works with, and where its configuration is; the rest of their environment is kept from jobs. */
function spackVariables(env: LocalSetting['env']): TextVariables {
  const known = spackNames.flatMap((name) => {
    const value = env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(known);
}
