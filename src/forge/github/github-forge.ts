import type { Logger, Secret } from '../../kit/index.ts';
import { apiClient, type ApiClientOptions } from '../api/api-client.ts';
import { pollRequests } from '../api/poll-requests.ts';
import type { TokenSource } from '../api/token-source.ts';
import type { Forge } from '../forge.ts';
import { branchesAndTags } from '../git/fetch-remote.ts';
import { localCopy, type LocalCopyOptions } from '../git/local-copy.ts';
import { activity } from './activity.ts';
import { apiAddress, cloneUrl, githubLinks } from './addresses.ts';
import { checkRuns } from './check-runs.ts';
import { collaboratorPermission } from './collaborator-permission.ts';
import { commitStatuses } from './commit-statuses.ts';
import { githubProfile } from './github-profile.ts';
import { issueComments } from './issue-comments.ts';
import { githubWebhook } from './github-webhook.ts';
import { pullRequests } from './pull-requests.ts';
import { queueEntries } from './queue-entries.ts';
import { requestComments } from './request-comments.ts';

export interface GithubForgeOptions
  extends
    Omit<LocalCopyOptions, 'remote' | 'credentials' | 'refspecs'>,
    Pick<ApiClientOptions, 'fetch' | 'wait' | 'random'> {
  /** `owner/name`. */
  readonly github: string;
  /** Default: the public GitHub; `https://<host>/api/v3` for GitHub Enterprise Server. */
  readonly apiUrl?: string;
  /** URL to clone from. Default: the one that belongs to the API's address. */
  readonly remote?: string;
  /** Reads contents and pull requests, and writes commit statuses and comments. */
  readonly token: TokenSource;
  /**
   * Number or client id of the GitHub App that the tokens are of: its one webhook reports on many repositories, and
   * statuses are shown as checks.
   */
  readonly app?: string;
  /** Signs the deliveries of the webhook; without it there is none. */
  readonly webhookSecret?: Secret;
  readonly log: Logger;
  /** Whether a branch besides the default one is protected: its pushes are events. */
  readonly isProtected: (branch: string) => boolean;
}

/** A repository on GitHub. Requests are GitHub's pull requests, and nothing else. */
export function githubForge(options: GithubForgeOptions): Forge {
  const { github, token, app, webhookSecret, log } = options;
  const apiUrl = apiAddress(options.apiUrl);
  const remote = cloneUrl(apiUrl, github);
  const copy = localCopy({
    ...options,
    remote: options.remote ?? remote,
    credentials: { username: 'x-access-token', password: token },
    refspecs: branchesAndTags,
  });
  const api = apiClient(githubProfile, { ...options, apiUrl });
  const statuses = commitStatuses(api, github);
  return {
    ...copy.reads,
    kind: 'github',
    words: { forge: 'GitHub', request: 'pull request', sign: '#' },
    links: githubLinks(remote),
    webhook: webhookSecret && githubWebhook(webhookSecret, app === undefined ? undefined : { app, repository: github }),
    poll: pollRequests({ ...options, copy, requests: pullRequests(api, github), queue: queueEntries }),
    ...(app === undefined ? statuses : checkRuns({ api, repository: github, app, log, statuses })),
    comment: issueComments(api, github, app),
    comments: requestComments(api, github),
    permission: collaboratorPermission(api, github),
    pusher: activity(api, github),
    pusherHint:
      webhookSecret === undefined
        ? 'Set up the webhook (`github.webhookSecret`): GitHub reports who pushed a tag by nothing else.'
        : 'It is decided again when the webhook for it comes; see its recent deliveries.',
    requestOfJob: ({ project, ref }) => (project === github ? /^refs\/pull\/(\d+)\//.exec(ref)?.[1] : undefined),
  };
}
