import { Serial, systemWait, type Logger, type Secret } from '../../kit/index.ts';
import { isSameRefs, type Forge, type ForgeEvent, type PullRequest, type Refs } from '../forge.ts';
import { branchesAndTags } from '../git/fetch-remote.ts';
import { branchEvents, tagEvents } from '../git/events-since.ts';
import { localCopy, type LocalCopy, type LocalCopyOptions } from '../git/local-copy.ts';
import { commitOf } from '../git/read-commit.ts';
import { activity } from './activity.ts';
import { cloneUrl, githubLinks, publicApiUrl } from './addresses.ts';
import { apiClient, type ApiClientOptions } from './api-client.ts';
import { commitStatuses } from './commit-statuses.ts';
import { githubWebhook } from './github-webhook.ts';
import { pullRequests, type GithubPull, type PullRequests } from './pull-requests.ts';
import { knownRequests, plainRefs, requestRefs } from './request-refs.ts';

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
  /** Reads contents and pull requests, and writes commit statuses. */
  readonly token: Secret;
  /** Signs the deliveries of the webhook; without it there is none. */
  readonly webhookSecret?: Secret;
  readonly log: Logger;
  /** Whether a branch besides the default one is protected: its pushes are events. */
  readonly isProtected: (branch: string) => boolean;
}

/** How long git may lag behind the API before a head is left to the next poll. */
const LAG_MS = 2000;

/**
 * A repository on GitHub. Each poll reads its whole state with git and from the API, so a webhook only triggers a poll.
 * Requests are GitHub's pull requests, and nothing else; polls wait for each other.
 */
export function githubForge(options: GithubForgeOptions): Forge {
  const { github, token, webhookSecret, log, wait = systemWait } = options;
  const apiUrl = (options.apiUrl ?? publicApiUrl).replace(/\/+$/, '');
  const remote = cloneUrl(apiUrl, github);
  const copy = localCopy({
    ...options,
    remote: options.remote ?? remote,
    credentials: { username: 'x-access-token', password: token },
    refspecs: branchesAndTags,
  });
  const api = apiClient({ ...options, apiUrl });
  const pulls = pullRequests(api, github);
  const polls = new Serial();
  return {
    ...copy.reads,
    kind: 'github',
    words: { forge: 'GitHub', request: 'pull request', sign: '#' },
    links: githubLinks(remote),
    webhook: webhookSecret && githubWebhook(webhookSecret),
    poll: (known) =>
      polls.run('', async () => {
        let seen = await look(copy, pulls);
        if (seen.late.length > 0) {
          await wait(LAG_MS);
          seen = await look(copy, pulls);
        }
        for (const pull of seen.late)
          log.info(
            { pull: pull.number, head: pull.head.sha },
            'git does not have this head yet; left to the next poll',
          );
        return compare(known, seen, { pulls, copy, options });
      }),
    post: commitStatuses(api, github),
    pusher: activity(api, github),
    pusherHint:
      webhookSecret === undefined
        ? 'Set up the webhook (`github.webhookSecret`): GitHub reports who pushed a tag by nothing else.'
        : 'It is decided again when the webhook for it comes; see its recent deliveries.',
    requestOfJob: ({ project, ref }) => (project === github ? /^refs\/pull\/(\d+)\//.exec(ref)?.[1] : undefined),
  };
}

/** The state of git and of the API at about the same time. */
interface Seen {
  /** Branches, tags and heads as git has them. */
  readonly fetched: Refs;
  readonly current: readonly GithubPull[];
  /** Requests whose head or base git does not have (yet). */
  readonly late: readonly GithubPull[];
}

/** Only the heads of open requests are fetched: a repository may have had tens of thousands. */
async function look(copy: LocalCopy, pulls: PullRequests): Promise<Seen> {
  const open = await pulls.open();
  await copy.update();
  const heads = new Map(open.map(({ number, head }) => [`refs/pull/${number}/head`, head.sha]));
  const fetched = await copy.name('refs/pull/', heads);
  const isCurrent = ({ number, head, base }: GithubPull): boolean =>
    fetched.get(`refs/pull/${number}/head`) === head.sha && fetched.has(`refs/heads/${base.ref}`);
  return { fetched, current: open.filter(isCurrent), late: open.filter((pull) => !isCurrent(pull)) };
}

interface Parts {
  readonly pulls: PullRequests;
  readonly copy: LocalCopy;
  readonly options: GithubForgeOptions;
}

async function compare(known: Refs, seen: Seen, { pulls, copy, options }: Parts): ReturnType<Forge['poll']> {
  const { fetched, current, late } = seen;
  const before = knownRequests(known);
  const open = new Set([...current, ...late].map(({ number }) => String(number)));
  const { closed, kept } = await findEnded(
    pulls,
    [...before.keys()].filter((number) => !open.has(number)),
  );
  const unchanged = [...kept, ...late.map(({ number }) => String(number))];
  const refs = plainRefs(fetched);
  for (const number of unchanged) for (const [ref, sha] of before.get(number) ?? []) refs.set(ref, sha);
  for (const pull of current) for (const [ref, sha] of requestRefs(pull)) refs.set(ref, sha);
  const updated = current.filter((pull) => !isSameRefs(before.get(String(pull.number)), requestRefs(pull)));
  const events: readonly ForgeEvent[] = [
    ...closed,
    ...branchEvents(known, fetched, options),
    ...updated.map((pull) => ({ type: 'pull-request-updated' as const, pullRequest: describe(pull, fetched) })),
    ...(await tagEvents(known, fetched, { commitOf: (sha) => commitOf(copy.git, sha) })),
  ];
  return { events, refs };
}

/** Lists shift while they are read page by page: a request counts as closed only if its own page is. */
async function findEnded(
  pulls: PullRequests,
  missing: readonly string[],
): Promise<{ closed: readonly ForgeEvent[]; kept: readonly string[] }> {
  const closed: ForgeEvent[] = [];
  const kept: string[] = [];
  for (const number of missing) {
    const state = await pulls.ended(number);
    if (state === 'open') kept.push(number);
    else closed.push({ type: 'pull-request-closed', number, merged: state === 'merged' });
  }
  return { closed, kept };
}

function describe(pull: GithubPull, fetched: Refs): PullRequest {
  const { number, title, head, base, user, draft, author_association: authorAssociation } = pull;
  return {
    number: String(number),
    title,
    headSha: head.sha,
    baseBranch: base.ref,
    baseSha: fetched.get(`refs/heads/${base.ref}`) as string,
    fork: head.repo?.id !== base.repo.id,
    author: user?.login ?? 'ghost',
    draft,
    authorAssociation,
  };
}
