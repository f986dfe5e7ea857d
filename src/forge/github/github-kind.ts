import * as z from 'zod';
import { SecretSource } from '../../kit/index.ts';
import { apiClient } from '../api/api-client.ts';
import { fixedToken, type TokenSource } from '../api/token-source.ts';
import type { ForgeKind, ForgeParts } from '../forge-kind.ts';
import { apiAddress, checkRepository, cloneUrl, publicApiUrl } from './addresses.ts';
import { installationToken } from './app/installation-token.ts';
import { commitStatuses } from './commit-statuses.ts';
import { githubForge } from './github-forge.ts';
import { githubProfile } from './github-profile.ts';

const App = z.strictObject({
  id: z
    .union([z.number().int().positive().transform(String), z.string().min(1)])
    .describe('Number or client id of the App'),
  privateKey: SecretSource.describe('Private key of the App, in PEM form'),
  installation: z
    .number()
    .int()
    .positive()
    .optional()
    .describe('Number of the installation. Default: the one for the repository'),
});

const Section = z
  .strictObject({
    repository: z
      .string()
      .regex(/^[^/\s]+\/[^/\s]+$/, 'must be `owner/name`')
      .describe('`owner/name` of the repository'),
    apiUrl: z
      .url({ protocol: /^https?$/ })
      .default(publicApiUrl)
      .describe('Address of the API; `https://<host>/api/v3` for GitHub Enterprise Server'),
    token: SecretSource.optional().describe(
      'Token that reads contents and pull requests, and writes commit statuses and comments. Set this or `app`',
    ),
    app: App.optional().describe(
      'GitHub App that is installed for the repository; `slipway forge connect github` creates one',
    ),
    webhookSecret: SecretSource.optional().describe(
      'Secret of the webhook that calls `/hooks/github/<stack>`, or of the one of the App that calls `/hooks/github`. Without it, the repository is only polled',
    ),
  })
  .refine(({ token, app }) => (token === undefined) !== (app === undefined), 'has either `token` or `app`');

/** Repositories on github.com and GitHub Enterprise: the section `github` of a stack. */
export const githubKind: ForgeKind<typeof Section> = {
  section: Section,
  publicApiUrl,
  tokenVariable: 'GITHUB_TOKEN',
  statuses: ({ repository, apiUrl, token, log }) =>
    commitStatuses(
      apiClient(githubProfile, { apiUrl: apiAddress(apiUrl), token: fixedToken(token), log }),
      checkRepository(repository),
    ),
  description: 'Repository on GitHub. Set this or `remote`',
  repository: (settings) => ({
    cloneUrl: cloneUrl(settings.apiUrl, settings.repository),
    open: async (parts) => {
      const { repository: github, apiUrl, webhookSecret } = settings;
      return githubForge({
        ...parts,
        github,
        apiUrl,
        token: await tokenOf(settings, parts),
        app: settings.app?.id,
        webhookSecret: webhookSecret && (await parts.reveal(webhookSecret, 'the webhook')),
      });
    },
  }),
};

async function tokenOf(
  { apiUrl, repository, token, app }: z.output<typeof Section>,
  parts: ForgeParts,
): Promise<TokenSource> {
  if (app === undefined) return fixedToken(await parts.reveal(token as SecretSource, 'the token of GitHub'));
  const privateKey = await parts.reveal(app.privateKey, 'the key of the GitHub App');
  return installationToken({ ...app, privateKey }, { ...parts, apiUrl: apiAddress(apiUrl), repository });
}
