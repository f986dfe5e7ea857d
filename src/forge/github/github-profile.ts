import type { ApiProfile } from '../api/api-profile.ts';
import { githubError } from './errors.ts';

/** The REST API of GitHub. */
export const githubProfile: ApiProfile = {
  name: 'GitHub',
  headers: (token) => ({
    Accept: 'application/vnd.github+json',
    Authorization: `Bearer ${token.reveal()}`,
    'X-GitHub-Api-Version': '2022-11-28',
  }),
  refusals: [422],
  fail: (problem, details, options) => githubError(`FORGE_GITHUB_${problem}`, details, options),
};
