import type { RefName, Refs } from '../refs.ts';
import { isQueueRef } from './merge-groups.ts';
import type { OpenRequest } from './requests-api.ts';

const REQUEST = /^refs\/pull\/(\d+)\//;

/**
 * How an open request is remembered among the refs: its head, the branch that it is to be merged into, its labels, and
 * whether it is a draft. So a request that is turned to another branch, marked ready or labeled is seen like one whose
 * head has moved. All but the head are our own: `refs/pull/N/into/…`, `refs/pull/N/label/…` and `refs/pull/N/draft`.
 */
export function requestRefs({ number, headSha, baseBranch, draft, labels = [] }: OpenRequest): Refs {
  return new Map([
    [`refs/pull/${number}/head`, headSha],
    [`refs/pull/${number}/into/${baseBranch}`, headSha],
    ...labels.map((label) => [`refs/pull/${number}/label/${encodeURIComponent(label)}`, headSha] as const),
    ...(draft === true ? [[`refs/pull/${number}/draft`, headSha] as const] : []),
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

/** Branches and tags, without pull requests and without the commits of merge queues. */
export function plainRefs(refs: Refs): Map<RefName, string> {
  return new Map([...refs].filter(([ref]) => !ref.startsWith('refs/pull/') && !isQueueRef(ref)));
}
