import type { ForgeLinks } from '../forge.ts';
import { githubError } from './errors.ts';

export const publicApiUrl = 'https://api.github.com';

/** Returns the address of the API without a slash at the end. */
export function apiAddress(apiUrl: string = publicApiUrl): string {
  return apiUrl.replace(/\/+$/, '');
}

const REPOSITORY = /^[A-Za-z0-9](?:[A-Za-z0-9-]*)\/(?!\.{1,2}$)[A-Za-z0-9._-]+$/;

/** Refuses what is not `owner/name`, before it becomes part of a URL. */
export function checkRepository(repository: string): string {
  if (!REPOSITORY.test(repository)) throw githubError('FORGE_GITHUB_REPOSITORY_INVALID', { repository });
  return repository;
}

/**
 * The address of the pages that belong to an API, without a slash at the end. GitHub Enterprise Server has its API below
 * `/api/v3` of the host, github.com and GitHub Enterprise Cloud on a host of its own, `api.…`.
 */
export function siteUrl(apiUrl: string): string {
  const url = new URL(apiUrl);
  url.pathname = url.pathname.replace(/\/(?:api\/v3\/?)?$/, '');
  url.hostname = url.hostname.replace(/^api\.(?=.+\.)/, '');
  return url.href.replace(/\/$/, '');
}

/** The address that a repository is cloned from. */
export function cloneUrl(apiUrl: string, repository: string): string {
  return `${siteUrl(apiUrl)}/${checkRepository(repository)}.git`;
}

/** The pages of a repository that is cloned from this address. */
export function githubLinks(clonedFrom: string): ForgeLinks {
  const page = clonedFrom.replace(/\.git$/, '');
  return {
    commit: (sha) => `${page}/commit/${sha}`,
    line: ({ sha, path, line }) => `${page}/blob/${sha}/${path.split('/').map(encodeURIComponent).join('/')}#L${line}`,
    request: (number) => `${page}/pull/${number}`,
  };
}
