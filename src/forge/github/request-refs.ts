import type { RefName, Refs } from '../forge.ts';
import type { GithubPull } from './pull-requests.ts';

const REQUEST = /^refs\/pull\/(\d+)\//;

/**
 * How an open pull request is remembered among the refs: its head, the branch that it is to be merged into, and whether
 * it is a draft. So a request that is turned to another branch, or marked ready, is seen like one whose head has moved.
 * `refs/pull/N/into/…` and `refs/pull/N/draft` are our own.
 */
export function requestRefs({ number, head, base, draft }: GithubPull): Refs {
  return new Map([
    [`refs/pull/${number}/head`, head.sha],
    [`refs/pull/${number}/into/${base.ref}`, head.sha],
    ...(draft ? [[`refs/pull/${number}/draft`, head.sha] as const] : []),
  ]);
}

/** What is remembered, by the numbers of the requests that were open. */
export function knownRequests(known: Refs): ReadonlyMap<string, Refs> {
  const requests = new Map<string, Map<RefName, string>>();
  for (const [ref, sha] of known) {
    const number = REQUEST.exec(ref)?.[1];
    if (number === undefined) continue;
    const refs = requests.get(number) ?? new Map<RefName, string>();
    requests.set(number, refs.set(ref, sha));
  }
  return requests;
}

/** Branches and tags, without any pull request. */
export function plainRefs(refs: Refs): Map<RefName, string> {
  return new Map([...refs].filter(([ref]) => !ref.startsWith('refs/pull/')));
}
