import type { ApiProfile } from '../../api/api-profile.ts';
import { githubError } from '../errors.ts';
import { githubProfile } from '../github-profile.ts';

/** The REST API of GitHub for requests that a GitHub App signs with its key. */
export function appProfile(app: string): ApiProfile {
  return {
    ...githubProfile,
    fail: (problem, details, options) =>
      problem === 'UNAUTHORIZED'
        ? githubError('FORGE_GITHUB_APP_UNAUTHORIZED', { ...details, app }, options)
        : githubProfile.fail(problem, details, options),
  };
}
