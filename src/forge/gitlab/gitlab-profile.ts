import type { ApiProfile } from '../api/api-profile.ts';
import { gitlabError } from './errors.ts';

/** The REST API of GitLab, version 4. It accepts personal, project and group access tokens. */
export const gitlabProfile: ApiProfile = {
  name: 'GitLab',
  headers: (token) => ({ Accept: 'application/json', 'PRIVATE-TOKEN': token.reveal() }),
  refusals: [400, 422],
  fail: (problem, details, options) => gitlabError(`FORGE_GITLAB_${problem}`, details, options),
};
