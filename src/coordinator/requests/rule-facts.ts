import { posix } from 'node:path';
import type { ForgeEvent, MergeGroup } from '../../forge/index.ts';
import { once } from '../../kit/index.ts';
import type { Stack } from '../context.ts';
import type { StackPolicy } from '../changes/stack-policy.ts';
import type { RequestRecord } from './request-ledger.ts';
import { accountTier } from './account-tier.ts';
import type { RuleFacts } from './request-rule.ts';

type Policy = Pick<StackPolicy, 'images' | 'requests'>;

/** Returns what the rules of a policy are compared with for a request. */
export function requestFacts({ forge }: Pick<Stack, 'forge'>, request: RequestRecord, policy: Policy): RuleFacts {
  const { fork, draft, labels, author, authorAssociation: association } = request;
  return {
    event: 'pull-request',
    fork,
    draft,
    labels,
    author: forge.permission === undefined ? undefined : author,
    tier: once(() => accountTier(forge, { name: author, association }, policy.requests)),
    paths: once(async () => {
      const merge = await forge.mergeForTest(request);
      return 'conflict' in merge ? undefined : forge.changedPaths(merge.sha, request.baseSha);
    }),
    configuresCi: configuresCi(policy),
  };
}

/** The same for a push; a tag changes no paths. */
export function pushFacts(
  { forge }: Pick<Stack, 'forge'>,
  pushed: Extract<ForgeEvent, { type: 'branch-pushed' | 'tag-pushed' }>,
  policy: Policy,
): RuleFacts {
  return {
    event: pushed.type === 'branch-pushed' ? 'push' : 'tag',
    author: pushed.actor,
    tier: async () => undefined,
    paths: once(async () =>
      pushed.type === 'branch-pushed' ? forge.changedPaths(pushed.sha, pushed.beforeSha ?? 'HEAD~1') : undefined,
    ),
    configuresCi: configuresCi(policy),
  };
}

/** The same for a commit that a merge queue made, which has no single author. */
export function groupFacts(
  { forge }: Pick<Stack, 'forge'>,
  { fork, sha, baseSha }: MergeGroup,
  policy: Policy,
): RuleFacts {
  return {
    event: 'merge-queue',
    fork,
    tier: async () => undefined,
    paths: once(async () => forge.changedPaths(sha, baseSha)),
    configuresCi: configuresCi(policy),
  };
}

/**
 * Returns whether a file decides what runs: the pipeline's configuration, ours, Dockerfiles, their hooks, and what they
 * can read.
 */
export function configuresCi({ images }: Pick<Policy, 'images'>): (path: string) => boolean {
  const places = images
    .filter(({ contents }) => contents === 'dockerfile')
    .flatMap(({ dockerfile: { path, context = posix.dirname(path), hook } }) => [
      context,
      path,
      hook || posix.join(posix.dirname(path), 'hooks/build'),
    ])
    .map((place) => posix.normalize(place));
  return (path) =>
    /^(?:\.gitlab-ci\.yml$|slipway\.yaml$|\.gitlab\/)/.test(path) ||
    places.some((place) => place === '.' || path === place || path.startsWith(place.replace(/\/*$/, '/')));
}
