import { BoundedMap, Serial, type Logger } from '../../kit/index.ts';
import type { PullRequest } from '../forge-event.ts';
import type { Forge } from '../forge.ts';
import { isSameRefs } from '../refs.ts';
import { eventsSince, type EventRules } from './events-since.ts';
import type { Git } from './git-command.ts';
import { localCopy, type LocalCopyOptions } from './local-copy.ts';
import { branchesWith, commitOf, isAncestor, readCommit } from './read-commit.ts';

export interface GitForgeOptions extends LocalCopyOptions {
  readonly log: Logger;
  /** Whether a branch besides the default one is protected: its pushes are events, and it is no pull request. */
  readonly isProtected: (branch: string) => boolean;
  /** Number of the request that a branch is: stable for a name, and none of `taken`, which are those of `refs/pull`. */
  readonly numberFor: (branch: string, taken: ReadonlySet<string>) => string;
}

/**
 * A forge out of any git remote. It has no numbers, titles or statuses of its own: a request is `refs/pull/N/head` or
 * a branch, its title the head's first line; statuses are the server's to show. Polls wait for each other.
 */
export function gitForge(options: GitForgeOptions): Forge {
  const { log } = options;
  const copy = localCopy(options);
  const rules = eventRules(copy.git, options);
  const polls = new Serial();
  return {
    ...copy.reads,
    kind: 'git',
    words: { forge: 'git', request: 'pull request', sign: '#' },
    poll: (known) =>
      polls.run('', async () => {
        const refs = await copy.update();
        return { events: isSameRefs(known, refs) ? [] : await eventsSince(known, refs, rules), refs };
      }),
    post: async (status) => log.info({ ...status }, 'status recorded; a plain git remote cannot store it'),
  };
}

function eventRules(git: Git, { defaultBranch, isProtected, numberFor }: GitForgeOptions): EventRules {
  return {
    defaultBranch,
    isProtected: (branch) => branch === defaultBranch || isProtected(branch),
    numberFor,
    isAncestor: remembered((ancestor, descendant) => isAncestor(git, ancestor, descendant)),
    commitOf: (sha) => commitOf(git, sha),
    describe: async ({ number, ref, head: headSha }, baseSha): Promise<PullRequest> => {
      const { title, author } = await readCommit(git, headSha);
      // Everybody may be able to write `refs/pull/*`: a head that is in no branch counts as an outsider's.
      const fork = ref.startsWith('refs/pull/') && (await branchesWith(git, headSha)).length === 0;
      return { number, title, headSha, baseBranch: defaultBranch, baseSha, fork, author };
    },
  };
}

/** Ancestry never changes, and is looked up for every branch at every poll that found something new. */
function remembered(compute: EventRules['isAncestor']): EventRules['isAncestor'] {
  const results = new BoundedMap<string, boolean>(10_000);
  return async (ancestor, descendant) => {
    const key = `${ancestor} ${descendant}`;
    const result = results.get(key) ?? (await compute(ancestor, descendant));
    results.set(key, result);
    return result;
  };
}
