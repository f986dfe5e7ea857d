import type { Logger } from '../../kit/index.ts';
import type { Forge, PullRequest, RefName } from '../forge.ts';
import { branchNumber } from './branch-number.ts';
import { eventsSince, type EventRules } from './events-since.ts';
import type { Git } from './git-command.ts';
import { inTurn, localCopy, type LocalCopyOptions } from './local-copy.ts';
import type { OpenRequest } from './open-requests.ts';
import { commitOf, isAncestor, readCommit } from './read-commit.ts';

export interface GitForgeOptions extends LocalCopyOptions {
  readonly log: Logger;
  /** Whether a branch besides the default one is protected: its pushes are events, and it is nobody's pull request. */
  readonly isProtected?: (branch: string) => boolean;
  /**
   * Number of the request that a branch is: stable for a name, and none of `taken`, which are those of `refs/pull`.
   * Without it: `branchNumber`.
   */
  readonly numberFor?: (branch: string, taken: ReadonlySet<string>) => string;
  /**
   * Whether only the team can write `refs/pull/*` at this remote. If not (the default), a request whose head is in no
   * branch counts as an outsider's.
   */
  readonly trustPullRefs?: boolean;
}

/**
 * A forge out of any git remote. It has no numbers, titles or statuses of its own: a request is `refs/pull/N/head` or
 * a branch, its title the head's first line; statuses are the server's to show. Polls wait for each other.
 */
export function gitForge(options: GitForgeOptions): Forge {
  const { log } = options;
  const copy = localCopy(options);
  const rules = eventRules(copy.git, options);
  return {
    ...copy.reads,
    kind: 'git',
    poll: inTurn(async (known: ReadonlyMap<RefName, string>) => {
      const refs = await copy.update();
      return { events: isSame(known, refs) ? [] : await eventsSince(known, refs, rules), refs };
    }),
    post: async (status) => log.info({ ...status }, 'status recorded; a plain git remote has no place for it'),
  };
}

function isSame(known: ReadonlyMap<RefName, string>, refs: ReadonlyMap<RefName, string>): boolean {
  return known.size === refs.size && [...refs].every(([ref, sha]) => known.get(ref) === sha);
}

function eventRules(git: Git, options: GitForgeOptions): EventRules {
  const { defaultBranch, isProtected = () => false, numberFor = branchNumber } = options;
  return {
    defaultBranch,
    isProtected: (branch) => branch === defaultBranch || isProtected(branch),
    numberFor,
    isAncestor: remembered((ancestor, descendant) => isAncestor(git, ancestor, descendant)),
    commitOf: (sha) => commitOf(git, sha),
    describe: (request, baseSha) => describe(git, request, { baseSha, options }),
  };
}

/** Ancestry never changes, and is asked for every branch at every poll that found something new. */
function remembered(ask: EventRules['isAncestor']): EventRules['isAncestor'] {
  const answers = new Map<string, boolean>();
  return async (ancestor, descendant) => {
    const key = `${ancestor} ${descendant}`;
    const answer = answers.get(key) ?? (await ask(ancestor, descendant));
    if (answers.size >= 10_000) answers.clear();
    answers.set(key, answer);
    return answer;
  };
}

async function describe(
  git: Git,
  request: OpenRequest,
  { baseSha, options }: { baseSha: string; options: GitForgeOptions },
): Promise<PullRequest> {
  const { title, author } = await readCommit(git, request.head);
  const isPull = request.ref.startsWith('refs/pull/');
  return {
    number: request.number,
    title,
    headSha: request.head,
    baseBranch: options.defaultBranch,
    baseSha,
    fork: isPull && options.trustPullRefs !== true && !(await isInBranch(git, request.head)),
    author,
  };
}

async function isInBranch(git: Git, sha: string): Promise<boolean> {
  return (await git.run(['for-each-ref', '--count=1', '--contains', sha, 'refs/heads'])).trim() !== '';
}
