import { messageOf, systemClock, type Clock } from '../../kit/index.ts';
import { forgeError } from '../errors.ts';
import type { Forge, RefName } from '../forge.ts';
import { meetsLock, prepareCopy, sweepStaleLocks } from './bare-copy.ts';
import { checkRemote, dropRefs, fetchCommits, fetchOptions, fetchRemote, listRefs } from './fetch-remote.ts';
import { gitCommand, type Git, type GitCredentials } from './git-command.ts';
import { mergeForTest } from './merge-for-test.ts';
import { changedPaths, listFilesAt } from './changed-paths.ts';
import { readFilesAt } from './read-files.ts';
import { branchesWith, readCommit, readFileAt, requireCommit } from './read-commit.ts';

export interface LocalCopyOptions {
  /** Path or URL: https, http, ssh (also `host:path`), git, file. One of HTTP may carry credentials. */
  readonly remote: string;
  /** Folder of the bare copy; made if it is not there. */
  readonly repository: string;
  readonly defaultBranch: string;
  /** For https and http. */
  readonly credentials?: GitCredentials;
  /** PATH for git and ssh. */
  readonly path?: string;
  /** More of git's environment: proxies, `SSH_AUTH_SOCK`. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
  /** What of the remote is copied; standard: branches, tags, and the heads of all pull requests ever. */
  readonly refspecs?: readonly string[];
}

/** What every forge answers out of its copy alone. */
type CopyReads = Pick<
  Forge,
  | 'repository'
  | 'mergeForTest'
  | 'commit'
  | 'readFile'
  | 'readFiles'
  | 'listFiles'
  | 'changedPaths'
  | 'branchesWith'
  | 'keep'
>;

/** The bare copy of a remote: brought up to date on demand, read at any time. */
export interface LocalCopy {
  readonly git: Git;
  readonly reads: CopyReads;
  /** Fetches, and gives every ref of the remote that matters. Throws FORGE_REMOTE_UNREACHABLE. */
  update(): Promise<ReadonlyMap<RefName, string>>;
  /**
   * Makes the copy's refs below a folder (`refs/pull/`) what is wanted, as far as the remote gives the commits. Gives
   * every ref of the copy that matters.
   */
  name(folder: RefName, wanted: ReadonlyMap<RefName, string>): Promise<ReadonlyMap<RefName, string>>;
}

/** Opens the copy; the folder is made at first use. Throws FORGE_REMOTE_INVALID at once. */
export function localCopy(options: LocalCopyOptions): LocalCopy {
  const { repository, defaultBranch } = options;
  checkRemote(options.remote);
  const git = gitCommand(options);
  const source = fetchOptions(options);
  let ready: Promise<void> | undefined;
  const prepared = async (): Promise<Git> => {
    ready ??= prepareCopy(git, defaultBranch);
    await ready.catch((error: unknown) => {
      ready = undefined;
      throw error;
    });
    return git;
  };
  return {
    git,
    update: async () => {
      await fetchRemote(await prepared(), source);
      return listRefs(git);
    },
    name: async (folder, wanted) => {
      const present = [...(await listRefs(await prepared()))].filter(([ref]) => ref.startsWith(folder));
      const isPresent = new Map(present);
      await dropRefs(
        git,
        present.flatMap(([ref]) => (wanted.has(ref) ? [] : [ref])),
      );
      await fetchCommits(git, source, new Map([...wanted].filter(([ref, sha]) => isPresent.get(ref) !== sha)));
      return listRefs(git);
    },
    reads: {
      repository,
      mergeForTest: async ({ baseSha, headSha }) => mergeForTest(await prepared(), { base: baseSha, head: headSha }),
      commit: async (sha) => readCommit(await prepared(), sha),
      readFile: async (sha, path) => readFileAt(await prepared(), sha, path),
      readFiles: async (sha, path) => readFilesAt(await prepared(), sha, path),
      listFiles: async (sha) => listFilesAt(await prepared(), sha),
      changedPaths: async (sha, from) => changedPaths(await prepared(), sha, from),
      branchesWith: async (sha) => branchesWith(await prepared(), sha),
      keep: async (pipeline, sha) => keep(await prepared(), { pipeline, sha, clock: options.clock ?? systemClock }),
    },
  };
}

/** Makes calls wait for each other, in the order in which they came; one that fails does not stop the next. */
export function inTurn<Given, Result>(work: (given: Given) => Promise<Result>): (given: Given) => Promise<Result> {
  let turn: Promise<unknown> = Promise.resolve();
  return (given) => {
    const result = turn.then(() => work(given));
    turn = result.catch(() => undefined);
    return result;
  };
}

interface Kept {
  readonly pipeline: string;
  readonly sha: string;
  readonly clock: Clock;
}

async function keep(git: Git, { pipeline, sha, clock }: Kept): Promise<void> {
  if (!/^[A-Za-z0-9_-]+$/.test(pipeline)) throw forgeError('FORGE_REF_INVALID', { name: pipeline });
  await requireCommit(git, sha);
  const name = () => git.run(['update-ref', `refs/pipelines/${pipeline}`, sha]);
  await name().catch(async (error: unknown) => {
    // The lock of a git that was killed: the pipeline could never begin.
    if (!meetsLock(messageOf(error)) || (await sweepStaleLocks(git.repository, clock)) === 0) throw error;
    await name();
  });
}
