import type { ForgeEvent } from '../forge-event.ts';
import type { RefName, Refs } from '../refs.ts';
import type { MergeGroup } from '../merge-group.ts';
import type { OpenRequest } from './requests-api.ts';

/** A request in a merge queue, as its forge shows it. */
export interface QueueEntry {
  /** Number of the request. */
  readonly number: string;
  /** Commit that the queue made of it and of the requests before it. */
  readonly sha: string;
  readonly baseBranch: string;
  /** Commit that it was made on: that of the entry before, or of the base branch. */
  readonly parent: string;
}

interface QueueState {
  readonly entries: readonly QueueEntry[];
  /** Requests that are open. */
  readonly open: readonly OpenRequest[];
  /** Branches as git has them. */
  readonly fetched: Refs;
  /** Whether one commit is another's ancestor, or the same. False if either is not there any more. */
  readonly isAncestor: (ancestor: string, descendant: string) => Promise<boolean>;
  /** Whether an entry holds what results when a head is merged into what it was made on, and nothing else. */
  readonly isMerge: (entry: Pick<QueueEntry, 'sha' | 'parent'>, head: string) => Promise<boolean>;
}

const QUEUED = /^refs\/queue\/(\d+)\/([0-9a-f]+)\/(.+)$/;

/** How entries are remembered among the refs: `refs/queue/<number>/<sha>/<base branch>`. */
export function queueRefs(entries: readonly QueueEntry[]): Refs {
  return new Map(entries.map(({ number, sha, baseBranch }) => [`refs/queue/${number}/${sha}/${baseBranch}`, sha]));
}

/** Returns what left the merge queues since, and what is new in them. An entry that was made again is both. */
export async function queueEvents(known: Refs, state: QueueState): Promise<readonly ForgeEvent[]> {
  const { entries, fetched, isAncestor } = state;
  const current = queueRefs(entries);
  const events: ForgeEvent[] = [];
  for (const ref of known.keys()) {
    const [, number, sha, baseBranch] = QUEUED.exec(ref) ?? [];
    if (number === undefined || sha === undefined || current.has(ref)) continue;
    const tip = fetched.get(`refs/heads/${baseBranch}`);
    const merged = tip !== undefined && (await isAncestor(sha, tip));
    events.push({ type: 'merge-dequeued', number, sha, merged });
  }
  for (const [index, ref] of [...current.keys()].entries()) {
    const entry = entries[index];
    if (entry !== undefined && !known.has(ref))
      events.push({ type: 'merge-queued', group: await groupOf(entry, state) });
  }
  return events;
}

/**
 * The requests in an entry: its own, and those of the entries that it was made on, back to the base branch. One that is
 * not known counts as a fork's, and so does an entry with other files: users who may push can make one themselves.
 */
async function groupOf(entry: QueueEntry, state: QueueState): Promise<MergeGroup> {
  const { entries, fetched, isAncestor } = state;
  const { number, sha, baseBranch } = entry;
  const chain = [entry];
  for (let first = entry; ;) {
    const before = entries.find((one) => one.baseBranch === baseBranch && one.sha === first.parent);
    if (before === undefined || chain.includes(before)) break;
    chain.unshift(before);
    first = before;
  }
  const [base = '', tip = ''] = [chain[0]?.parent, fetched.get(`refs/heads/${baseBranch}`)];
  const isWhole = await isAncestor(base, tip);
  return {
    number,
    sha,
    baseBranch,
    baseSha: isWhole ? base : tip,
    requests: chain.map((one) => one.number),
    fork: !(isWhole && (await Promise.all(chain.map((one) => isOfTeam(one, state)))).every(Boolean)),
  };
}

/** Whether an entry adds a request of the team to its branch, as it is there. */
async function isOfTeam(entry: QueueEntry, { open, isMerge }: QueueState): Promise<boolean> {
  const request = open.find(({ number }) => number === entry.number);
  if (request === undefined || request.fork || request.baseBranch !== entry.baseBranch) return false;
  return isMerge(entry, request.headSha);
}

/** Whether a request in a queue is not among those that are open: the API may lag behind git. */
export function lacksRequest({ entries, open }: Pick<QueueState, 'entries' | 'open'>): boolean {
  return entries.some(({ number }) => !open.some((request) => request.number === number));
}

/** Whether a ref is the queue's, by the remote's name or by ours. */
export function isQueueRef(ref: RefName): boolean {
  return ref.startsWith('refs/queue/');
}
