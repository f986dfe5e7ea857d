import { compareText } from '../../kit/index.ts';
import type { ForgeEvent, PullRequest } from '../forge-event.ts';
import type { Refs } from '../refs.ts';
import { openRequests, type OpenRequest, type RequestRules } from './open-requests.ts';

export interface EventRules extends RequestRules {
  /** Adds what a ref alone does not show. */
  readonly describe: (request: OpenRequest, baseSha: string) => Promise<PullRequest>;
  /** The commit that an object is, or that a tag names at last; undefined for a tag of something else. */
  readonly commitOf: (sha: string) => Promise<string | undefined>;
}

/**
 * What happened between two states of a remote, as a function of the two: closed requests first (their prefixes may be
 * cleaned up), then branches, open requests, and tags last, so that a tag finds the pipeline of its branch. A base
 * that moved under a request is no event. Tags found at the very first look are old, and none either.
 */
export async function eventsSince(known: Refs, refs: Refs, rules: EventRules): Promise<readonly ForgeEvent[]> {
  const before = await openRequests(known, rules);
  const now = await openRequests(refs, rules);
  const base = refs.get(`refs/heads/${rules.defaultBranch}`);
  const closed: ForgeEvent[] = [];
  for (const { number, ref, head } of inOrder(before)) {
    if (now.has(number)) continue;
    const merged = base !== undefined && (await rules.isAncestor(refs.get(ref) ?? head, base));
    closed.push({ type: 'pull-request-closed', number, merged });
  }
  const updated: ForgeEvent[] = [];
  for (const request of inOrder(now)) {
    if (before.get(request.number)?.head === request.head) continue;
    updated.push({ type: 'pull-request-updated', pullRequest: await rules.describe(request, base ?? '') });
  }
  return [...closed, ...branchEvents(known, refs, rules), ...updated, ...(await tagEvents(known, refs, rules))];
}

function inOrder(requests: ReadonlyMap<string, OpenRequest>): readonly OpenRequest[] {
  return [...requests.values()].toSorted((one, other) => Number(one.number) - Number(other.number));
}

/** Pushes to the default branch, then to the other protected ones by name. */
export function branchEvents(
  known: Refs,
  refs: Refs,
  rules: Pick<EventRules, 'defaultBranch' | 'isProtected'>,
): readonly ForgeEvent[] {
  const others = [...refs.keys()]
    .flatMap((ref) => (ref.startsWith('refs/heads/') ? [ref.slice('refs/heads/'.length)] : []))
    .filter((name) => name !== rules.defaultBranch && rules.isProtected(name));
  return [rules.defaultBranch, ...others.toSorted()].flatMap((branch): ForgeEvent[] => {
    const [beforeSha, sha] = [known.get(`refs/heads/${branch}`), refs.get(`refs/heads/${branch}`)];
    if (sha === undefined || sha === beforeSha) return [];
    return [{ type: 'branch-pushed', branch, sha, beforeSha }];
  });
}

/** Tags that are new or moved. At the very first look every tag is old. */
export async function tagEvents(
  known: Refs,
  refs: Refs,
  rules: Pick<EventRules, 'commitOf'>,
): Promise<readonly ForgeEvent[]> {
  if (known.size === 0) return [];
  const events: ForgeEvent[] = [];
  for (const [ref, object] of [...refs].toSorted(([one], [other]) => compareText(one, other))) {
    if (!ref.startsWith('refs/tags/') || known.get(ref) === object) continue;
    const sha = await rules.commitOf(object);
    if (sha === undefined) continue;
    const objectSha = object === sha ? undefined : object;
    events.push({ type: 'tag-pushed', tag: ref.slice('refs/tags/'.length), sha, objectSha });
  }
  return events;
}
