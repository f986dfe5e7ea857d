import { apiClient, type ApiClientOptions } from '../api/api-client.ts';
import type { CommitStatus } from '../forge.ts';
import { checkRepository, publicApiUrl } from './addresses.ts';
import { githubProfile } from './github-profile.ts';
import { commitStatuses } from './commit-statuses.ts';

interface GithubStatusesOptions extends Omit<ApiClientOptions, 'apiUrl'> {
  /** `owner/name`. */
  readonly github: string;
  /** Default: the public GitHub. */
  readonly apiUrl?: string;
}

/** Sets commit statuses at GitHub and does nothing else: no copy of the repository is made. See `commitStatuses`. */
export function githubStatuses(options: GithubStatusesOptions): (status: CommitStatus) => Promise<void> {
  const apiUrl = (options.apiUrl ?? publicApiUrl).replace(/\/+$/, '');
  return commitStatuses(apiClient(githubProfile, { ...options, apiUrl }), checkRepository(options.github));
}
