import * as z from 'zod';
import { SecretSource } from '../../kit/index.ts';
import type { ForgeKind } from '../forge-kind.ts';
import { cloneUrl, publicApiUrl } from './addresses.ts';
import { githubForge } from './github-forge.ts';

const Section = z.strictObject({
  repository: z
    .string()
    .regex(/^[^/\s]+\/[^/\s]+$/, 'must be `owner/name`')
    .describe('`owner/name` of the repository'),
  apiUrl: z
    .url({ protocol: /^https?$/ })
    .default(publicApiUrl)
    .describe('Address of the API; `https://<host>/api/v3` for GitHub Enterprise Server'),
  token: SecretSource.describe('Token that reads contents and pull requests, and writes commit statuses'),
  webhookSecret: SecretSource.optional().describe(
    'Secret of the webhook that calls `/hooks/github/<stack>`. Without it, the repository is only polled',
  ),
});

/** Repositories on github.com and GitHub Enterprise: the section `github` of a stack. */
export const githubKind: ForgeKind<typeof Section> = {
  section: Section,
  description: 'Repository on GitHub. Set this or `remote`',
  repository: ({ repository: github, apiUrl, token, webhookSecret }) => ({
    cloneUrl: cloneUrl(apiUrl, github),
    open: async ({ reveal, ...parts }) =>
      githubForge({
        ...parts,
        github,
        apiUrl,
        token: await reveal(token, 'the token of GitHub'),
        webhookSecret: webhookSecret && (await reveal(webhookSecret, 'the webhook')),
      }),
  }),
};
