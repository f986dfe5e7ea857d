import type { Clock, Logger } from '../../kit/index.ts';
import { forgeError } from '../errors.ts';
import type { Forge, PullRequest, RefName } from '../forge.ts';
import { prepareCopy } from './bare-copy.ts';
import { branchNumber } from './branch-number.ts';
import { eventsSince } from './events-since.ts';
import type { EventRules } from './events-since.ts';
import { checkRemote, fetchRemote, listRefs } from './fetch-remote.ts';
import { gitCommand } from './git-command.ts';
import type { Git, GitCredentials } from './git-command.ts';
import { mergeForTest } from './merge-for-test.ts';
import { readFilesAt } from './read-files.ts';
import type { OpenRequest } from './open-requests.ts';
import { branchesWith, commitOf, isAncestor, readCommit, readFileAt, requireCommit } from './read-commit.ts';

export interface GitForgeOptions {
  /** Path or URL: https, http, ssh (also `host:path`), git, file. */
  readonly remote: string;
  /** Folder of the bare copy; made if it is not there. */
  readonly repository: string;
  readonly defaultBranch: string;
  readonly log: Logger;
  /** For https and http. */
  readonly credentials?: GitCredentials;
  /** Whether a branch besides the default one is protected: its pushes are events, and it is nobody's pull request. */
  readonly isProtected?: (branch: string) => boolean;
  /** Number of the request that a branch is; stable for a name. Without it: `branchNumber`. */
  readonly numberFor?: (branch: string) => string;
  /**
   * Whether only the team can write `refs/pull/*` at this remote. If not (the default), a request whose head is in no
   * branch counts as an outsider's.
   */
  readonly trustPullRefs?: boolean;
  /** PATH for git and ssh. */
  readonly path?: string;
  /** More of git's environment: proxies, `SSH_AUTH_SOCK`. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
}

/**
 * A forge out of any git remote. It has no numbers, titles or statuses of its own: a request is `refs/pull/N/head` or
 * a branch, its title the head's first line; statuses are the server's to show. Polls wait for each other.
 */
export function gitForge(options: GitForgeOptions): Forge {
  const { repository, defaultBranch, log } = options;
  checkRemote(options.remote);
  const git = gitCommand(options);
  const rules = eventRules(git, options);
  let ready: Promise<void> | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  const prepared = async (): Promise<Git> => {
    ready ??= prepareCopy(git, defaultBranch);
    await ready.catch((error: unknown) => {
      ready = undefined;
      throw error;
    });
    return git;
  };
  async function poll(known: ReadonlyMap<RefName, string>) {
    await fetchRemote(await prepared(), options);
    const refs = await listRefs(git);
    if (!refs.has(`refs/heads/${defaultBranch}`)) log.warn({ defaultBranch }, 'the remote lacks the default branch');
    return { events: isSame(known, refs) ? [] : await eventsSince(known, refs, rules), refs };
  }
  return {
    kind: 'git',
    repository,
    poll: (known) => {
      const result = turn.then(() => poll(known));
      turn = result.catch(() => undefined);
      return result;
    },
    mergeForTest: async ({ baseSha, headSha }) => mergeForTest(await prepared(), { base: baseSha, head: headSha }),
    commit: async (sha) => readCommit(await prepared(), sha),
    readFile: async (sha, path) => readFileAt(await prepared(), sha, path),
    readFiles: async (sha, path) => readFilesAt(await prepared(), sha, path),
    branchesWith: async (sha) => branchesWith(await prepared(), sha),
    keep: async (pipeline, sha) => keep(await prepared(), pipeline, sha),
    post: async (status) => log.info({ ...status }, 'status recorded; a plain git remote has no place for it'),
  };
}

function isSame(known: ReadonlyMap<RefName, string>, refs: ReadonlyMap<RefName, string>): boolean {
  return known.size === refs.size && [...refs].every(([ref, sha]) => known.get(ref) === sha);
}

async function keep(git: Git, pipeline: string, sha: string): Promise<void> {
  if (!/^[A-Za-z0-9_-]+$/.test(pipeline)) throw forgeError('FORGE_REF_INVALID', { name: pipeline });
  await requireCommit(git, sha);
  await git.run(['update-ref', `refs/pipelines/${pipeline}`, sha]);
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
