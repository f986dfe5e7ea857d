import * as z from 'zod';
import { SecretSource } from '../../kit/index.ts';
import type { ForgeKind } from '../forge-kind.ts';
import { cloneUrl, gitlabProject } from './addresses.ts';
import { gitlabForge } from './gitlab-forge.ts';

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
