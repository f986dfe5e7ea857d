import { Serial, systemWait, type Logger, type Wait } from '../../kit/index.ts';
import type { ForgeEvent, PullRequest } from '../forge-event.ts';
import type { Forge } from '../forge.ts';
import { isSameRefs, type Refs } from '../refs.ts';
import { branchEvents, tagEvents, type EventRules } from '../git/events-since.ts';
import type { LocalCopy } from '../git/local-copy.ts';
import { isMerge } from '../git/merge-for-test.ts';
import { commitOf, isAncestor } from '../git/read-commit.ts';
import { lacksRequest, queueEvents, queueRefs, type QueueEntry } from './merge-groups.ts';
import { knownRequests, plainRefs, requestRefs } from './request-refs.ts';
import type { OpenRequest, RequestsApi } from './requests-api.ts';

interface PollParts extends Pick<EventRules, 'defaultBranch' | 'isProtected'> {
  readonly copy: LocalCopy;
  readonly requests: RequestsApi;
  /** Returns what is in the repository's merge queues. */
  readonly queue: (fetched: Refs) => Promise<readonly QueueEntry[]>;
  readonly log: Logger;
  readonly wait?: Wait;
}

/** How long git may lag behind the API before a head is left to the next poll. */
const LAG_MS = 2000;

/**
 * Polls a repository whose requests are those of its forge's API, and nothing else. Each poll reads the whole state
 * with git and from the API, so a webhook only triggers a poll. Polls wait for each other.
 */
export function pollRequests(parts: PollParts): Forge['poll'] {
  const { log, wait = systemWait } = parts;
  const polls = new Serial();
  return (known) =>
    polls.run('', async () => {
      let seen = await look(parts);
      if (seen.late.length > 0 || lacksRequest(seen)) {
        await wait(LAG_MS);
        seen = await look(parts);
      }
      for (const { number: request, headSha: head } of seen.late)
        log.info({ request, head }, 'git does not have this head yet; left to the next poll');
      return compare(known, seen, parts);
    });
}

/** The state of git and of the API at about the same time. */
interface Seen {
  /** Branches, tags and heads as git has them. */
  readonly fetched: Refs;
  readonly current: readonly OpenRequest[];
  /** Requests whose head or base git does not have (yet). */
  readonly late: readonly OpenRequest[];
  /** All requests that the API lists. */
  readonly open: readonly OpenRequest[];
  readonly entries: readonly QueueEntry[];
}

/** Only the heads of open requests are fetched: a repository may have had tens of thousands. */
async function look({ copy, requests, queue }: PollParts): Promise<Seen> {
  const open = await requests.open();
  const entries = await queue(await copy.update());
  const heads = open.map(({ number, headSha: sha, source: from }) => [headOf(number), { sha, from }] as const);
  const fetched = await copy.name('refs/pull/', new Map(heads));
  const isCurrent = ({ number, headSha, baseBranch }: OpenRequest): boolean =>
    fetched.get(headOf(number)) === headSha && fetched.has(`refs/heads/${baseBranch}`);
  const late = open.filter((request) => !isCurrent(request));
  return { fetched, current: open.filter(isCurrent), late, open, entries };
}

function headOf(number: string): string {
  return `refs/pull/${number}/head`;
}

async function compare(known: Refs, seen: Seen, parts: PollParts): ReturnType<Forge['poll']> {
  const { fetched, current, late, entries } = seen;
  const { git } = parts.copy;
  const before = knownRequests(known);
  const open = new Set([...current, ...late].map(({ number }) => number));
  const missing = [...before.keys()].filter((number) => !open.has(number));
  const { closed, kept } = await findEnded(parts.requests, missing);
  const refs = new Map([...plainRefs(fetched), ...queueRefs(entries)]);
  for (const number of [...kept, ...late.map((request) => request.number)])
    for (const [ref, sha] of before.get(number) ?? []) refs.set(ref, sha);
  for (const request of current) for (const [ref, sha] of requestRefs(request)) refs.set(ref, sha);
  const updated = current.filter((request) => !isSameRefs(before.get(request.number), requestRefs(request)));
  const events: readonly ForgeEvent[] = [
    ...closed,
    ...branchEvents(known, fetched, parts),
    ...(await queueEvents(known, {
      ...seen,
      isAncestor: (one, other) => isAncestor(git, one, other),
      isMerge: ({ sha, parent: base }, head) => isMerge(git, sha, { base, head }),
    })),
    ...updated.map((request) => ({ type: 'pull-request-updated' as const, pullRequest: describe(request, fetched) })),
    ...(await tagEvents(known, fetched, { commitOf: (sha) => commitOf(git, sha) })),
  ];
  return { events, refs };
}

/** Lists shift while they are read page by page: a request counts as closed only if its own page is. */
async function findEnded(
  requests: RequestsApi,
  missing: readonly string[],
): Promise<{ closed: readonly ForgeEvent[]; kept: readonly string[] }> {
  const closed: ForgeEvent[] = [];
  const kept: string[] = [];
  for (const number of missing) {
    const { state, mergeSha } = await requests.ended(number);
    const merge = state === 'merged' ? { merged: true, mergeSha } : { merged: false };
    if (state === 'open') kept.push(number);
    else closed.push({ type: 'pull-request-closed', number, ...merge });
  }
  return { closed, kept };
}

function describe({ source: _source, ...request }: OpenRequest, fetched: Refs): PullRequest {
  return { ...request, baseSha: fetched.get(`refs/heads/${request.baseBranch}`) as string };
}
