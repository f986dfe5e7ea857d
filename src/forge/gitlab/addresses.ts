import type { ForgeLinks } from '../forge.ts';
import { gitlabError } from './errors.ts';

/** GitLab's own rule of a path: letters, digits, `_`, `-` and `.`, of which only the first two may begin a part. */
const PROJECT = /^[A-Za-z0-9_][\w.-]*(?:\/[A-Za-z0-9_.][\w.-]*)+$/;

/** Where the project of a GitLab is. */
interface GitlabProject {
  /** Address of GitLab, without a slash at the end. */
  readonly url: string;
  /** Path with its groups. */
  readonly project: string;
}

/** Refuses what is not `group/name`, before it becomes part of a URL. */
export function gitlabProject(url: string, project: string): GitlabProject {
  const isPath = PROJECT.test(project) && !project.split('/').some((part) => part === '.' || part === '..');
  if (!isPath || project.endsWith('.git')) throw gitlabError('FORGE_GITLAB_PROJECT_INVALID', { project });
  return { url: url.replace(/\/+$/, ''), project };
}

export function cloneUrl({ url, project }: GitlabProject): string {
  return `${url}/${project}.git`;
}

/** Path of the project's resources below the address of the API. */
export function resourcesOf({ project }: GitlabProject): string {
  return `/projects/${encodeURIComponent(project)}`;
}

export function gitlabLinks({ url, project }: GitlabProject): ForgeLinks {
  const page = `${url}/${project}/-`;
  return {
    commit: (sha) => `${page}/commit/${sha}`,
    line: ({ sha, path, line }) => `${page}/blob/${sha}/${path.split('/').map(encodeURIComponent).join('/')}#L${line}`,
    request: (number) => `${page}/merge_requests/${number}`,
  };
}
