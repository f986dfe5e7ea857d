import type { Secret } from '../../kit/index.ts';
import { apiClient, type ApiClientOptions } from '../api/api-client.ts';
import { fixedToken } from '../api/token-source.ts';
import type { CommitStatus } from '../commit-status.ts';
import { apiAddress, checkRepository } from './addresses.ts';
import { githubProfile } from './github-profile.ts';
import { commitStatuses } from './commit-statuses.ts';

interface GithubStatusesOptions extends Omit<ApiClientOptions, 'apiUrl' | 'token'> {
  readonly token: Secret;
  /** `owner/name`. */
  readonly github: string;
  /** Default: the public GitHub. */
  readonly apiUrl?: string;
}

/** Sets commit statuses at GitHub and does nothing else: no copy of the repository is made. See `commitStatuses`. */
export function githubStatuses(options: GithubStatusesOptions): (status: CommitStatus) => Promise<void> {
  const apiUrl = apiAddress(options.apiUrl);
  return commitStatuses(
    apiClient(githubProfile, { ...options, apiUrl, token: fixedToken(options.token) }),
    checkRepository(options.github),
  ).post;
}
