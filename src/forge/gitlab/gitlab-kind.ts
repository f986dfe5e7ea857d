import * as z from 'zod';
import { SecretSource } from '../../kit/index.ts';
import { apiClient } from '../api/api-client.ts';
import { fixedToken } from '../api/token-source.ts';
import type { ForgeKind } from '../forge-kind.ts';
import { cloneUrl, gitlabProject, resourcesOf } from './addresses.ts';
import { commitStatuses } from './commit-statuses.ts';
import { gitlabForge } from './gitlab-forge.ts';
import { gitlabProfile } from './gitlab-profile.ts';

const Section = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .default('https://gitlab.com')
    .describe('Address of GitLab, with its path if it is not at the top of its host'),
  project: z
    .string()
    .regex(/^[^/\s]+(?:\/[^/\s]+)+$/, 'must be `group/name`')
    .describe('Path of the project with its groups: `group/name`'),
  token: SecretSource.describe(
    'Access token of the project (role Developer, scope `api`) that reads merge requests, and writes commit statuses',
  ),
  webhookSecret: SecretSource.optional().describe(
    'Signing token (`whsec_…`) or secret token of the webhook that calls `/hooks/gitlab/<stack>`; without it the ' +
      'project is only polled',
  ),
});

/** Projects on gitlab.com and on servers of one's own: the section `gitlab` of a stack. */
export const gitlabKind: ForgeKind<typeof Section> = {
  section: Section,
  publicApiUrl: 'https://gitlab.com/api/v4',
  tokenVariable: 'GITLAB_TOKEN',
  statuses: ({ repository, apiUrl, token, log }) =>
    commitStatuses({
      api: apiClient(gitlabProfile, { apiUrl: apiUrl.replace(/\/+$/, ''), token: fixedToken(token), log }),
      resources: resourcesOf(gitlabProject(apiUrl, repository)),
      refOf: async () => undefined,
    }),
  description: 'A project on GitLab; or else `remote`',
  repository: ({ url, project, token, webhookSecret }) => ({
    cloneUrl: cloneUrl(gitlabProject(url, project)),
    open: async ({ reveal, ...parts }) =>
      gitlabForge({
        ...parts,
        url,
        project,
        token: await reveal(token, 'the token of GitLab'),
        webhookSecret: webhookSecret && (await reveal(webhookSecret, 'the webhook')),
      }),
  }),
};
