import type { RefName, Refs } from '../refs.ts';

/** A ref that is to be merged into the default branch. */
export interface OpenRequest {
  readonly number: string;
  readonly ref: RefName;
  readonly head: string;
}

export interface RequestRules {
  readonly defaultBranch: string;
  /** Whether a branch is no request: the default one and the protected ones. */
  readonly isProtected: (branch: string) => boolean;
  /** Returns a number that is none of `taken`, which are those of the remote's own requests. */
  readonly numberFor: (branch: string, taken: ReadonlySet<string>) => string;
  /** Whether one commit is another's ancestor, or the same. False if either is not there any more. */
  readonly isAncestor: (ancestor: string, descendant: string) => Promise<boolean>;
}

const PULL = /^refs\/pull\/(\d+)\/head$/;
const BRANCH = 'refs/heads/';

/**
 * The requests that are open at a state of the remote, by number: every `refs/pull/N/head`, and every branch that is
 * neither protected nor shown by a `refs/pull` with the same head; without those that the default branch contains.
 */
export async function openRequests(refs: Refs, rules: RequestRules): Promise<ReadonlyMap<string, OpenRequest>> {
  const base = refs.get(`${BRANCH}${rules.defaultBranch}`);
  const open = new Map<string, OpenRequest>();
  if (base === undefined) return open;
  for (const request of candidates(refs, rules)) {
    if (!(await rules.isAncestor(request.head, base))) open.set(request.number, request);
  }
  return open;
}

function candidates(refs: Refs, rules: RequestRules): readonly OpenRequest[] {
  const pulls: OpenRequest[] = [];
  for (const [ref, head] of refs) {
    const number = PULL.exec(ref)?.[1];
    if (number !== undefined) pulls.push({ number, ref, head });
  }
  const shown = new Set(pulls.map((pull) => pull.head));
  const taken = new Set(pulls.map((pull) => pull.number));
  const branches: OpenRequest[] = [];
  for (const [ref, head] of refs) {
    const branch = ref.startsWith(BRANCH) ? ref.slice(BRANCH.length) : undefined;
    if (branch === undefined || rules.isProtected(branch) || shown.has(head)) continue;
    branches.push({ number: rules.numberFor(branch, taken), ref, head });
  }
  return [...pulls, ...branches];
}
