import { BoundedMap, type Logger, type Secret } from '../../kit/index.ts';
import { apiClient, type ApiClientOptions } from '../api/api-client.ts';
import { fixedToken } from '../api/token-source.ts';
import { pollRequests } from '../api/poll-requests.ts';
import type { Forge } from '../forge.ts';
import { branchesAndTags } from '../git/fetch-remote.ts';
import { localCopy, type LocalCopyOptions } from '../git/local-copy.ts';
import { cloneUrl, gitlabLinks, gitlabProject, resourcesOf } from './addresses.ts';
import { commitStatuses } from './commit-statuses.ts';
import { gitlabProfile } from './gitlab-profile.ts';
import { gitlabWebhook } from './gitlab-webhook.ts';
import { mergeRequests } from './merge-requests.ts';
import { mergeTrains } from './merge-trains.ts';
import { memberAccess } from './member-access.ts';
import { notes } from './notes.ts';
import { pushEvents } from './push-events.ts';
import { requestComments } from './request-comments.ts';

export interface GitlabForgeOptions
  extends
    Omit<LocalCopyOptions, 'remote' | 'credentials' | 'refspecs'>,
    Pick<ApiClientOptions, 'fetch' | 'wait' | 'random'> {
  /** Address of GitLab. */
  readonly url: string;
  /** Path of the project, with its groups. */
  readonly project: string;
  /** URL to clone from. Default: the one that belongs to the project. */
  readonly remote?: string;
  /** Reads the project and its merge requests, and writes commit statuses and notes. */
  readonly token: Secret;
  /** Signing token or secret token of the webhook; without it there is none. */
  readonly webhookSecret?: Secret;
  readonly log: Logger;
  /** Whether a branch besides the default one is protected: its pushes are events. */
  readonly isProtected: (branch: string) => boolean;
}

const REMEMBERED = 2000;

/** A project on GitLab. Requests are GitLab's merge requests, and nothing else. */
export function gitlabForge(options: GitlabForgeOptions): Forge {
  const { webhookSecret, clock } = options;
  const token = fixedToken(options.token);
  const project = gitlabProject(options.url, options.project);
  const resources = resourcesOf(project);
  const copy = localCopy({
    ...options,
    remote: options.remote ?? cloneUrl(project),
    // Any name will do with an access token.
    credentials: { username: 'slipway', password: token },
    refspecs: branchesAndTags,
  });
  const api = apiClient(gitlabProfile, { ...options, token, apiUrl: `${project.url}/api/v4` });
  const requests = mergeRequests(api, resources);
  const trains = mergeTrains(api, resources, copy);
  const headRef = remembered(requests.refOf);
  return {
    ...copy.reads,
    kind: 'gitlab',
    words: { forge: 'GitLab', request: 'merge request', sign: '!' },
    links: gitlabLinks(project),
    webhook: webhookSecret && gitlabWebhook({ secret: webhookSecret, project: project.project, clock }),
    poll: pollRequests({ ...options, copy, requests, queue: trains.entries }),
    ...commitStatuses({ api, resources, refOf: async (sha) => trains.refOf(sha) ?? headRef(sha) }),
    comment: notes(api, resources),
    comments: requestComments(api, resources),
    permission: memberAccess(api, resources),
    pusher: pushEvents(api, resources),
    pusherHint: 'It is decided again as soon as GitLab has recorded who pushed it, or its webhook reports it.',
    requestOfJob: ({ project: path, ref }) =>
      path === project.project ? /^refs\/merge-requests\/(\d+)\//.exec(ref)?.[1] : undefined,
  };
}

/** Which ref a commit's statuses belong to does not change while they are posted. */
function remembered(refOf: (sha: string) => Promise<string | undefined>): typeof refOf {
  const known = new BoundedMap<string, string | undefined>(REMEMBERED);
  return async (sha) => {
    const ref = known.has(sha) ? known.get(sha) : await refOf(sha);
    known.set(sha, ref);
    return ref;
  };
}
