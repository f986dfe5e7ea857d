import { gitAddress, gitAuthorization, messageOf, onceSuccessful, systemClock, type Clock } from '../../kit/index.ts';
import type { TokenSource } from '../api/token-source.ts';
import { forgeError } from '../errors.ts';
import type { Forge } from '../forge.ts';
import type { RefName } from '../refs.ts';
import { meetsLock, prepareCopy, sweepStaleLocks } from './bare-copy.ts';
import {
  checkRemote,
  dropRefs,
  everyRef,
  fetchHeads,
  fetchRemote,
  listRefs,
  type FetchOptions,
} from './fetch-remote.ts';
import { gitCommand, type Git } from './git-command.ts';
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
  readonly credentials?: { readonly username: string; readonly password: TokenSource };
  /** PATH for git and ssh. */
  readonly path?: string;
  readonly clock?: Clock;
  /** What of the remote is copied. Default: branches, tags, and the heads of all pull requests. */
  readonly refspecs?: readonly string[];
}

/** The bare copy of a remote: brought up to date on demand, read at any time. */
export type LocalCopy = ReturnType<typeof localCopy>;

/** Opens the copy; the folder is made at first use. Throws FORGE_REMOTE_INVALID at once. */
export function localCopy(options: LocalCopyOptions) {
  const { repository, defaultBranch } = options;
  checkRemote(options.remote);
  const git = gitCommand({ repository, path: options.path });
  const source = sourceOf(options);
  const prepared = onceSuccessful(async (): Promise<Git> => {
    await prepareCopy(git, defaultBranch);
    return git;
  });
  return {
    git,
    /** Fetches, and returns every ref of the remote that matters. Throws FORGE_REMOTE_UNREACHABLE. */
    update: async () => {
      await fetchRemote(await prepared(), source);
      return listRefs(git);
    },
    /**
     * Makes the copy's refs below a folder (`refs/pull/`) equal to `heads`, as far as the remote gives the commits.
     * Returns every ref of the copy that matters.
     */
    name: async (folder: RefName, heads: ReadonlyMap<RefName, { readonly sha: string; readonly from: string }>) => {
      const present = new Map([...(await listRefs(await prepared()))].filter(([ref]) => ref.startsWith(folder)));
      const obsolete = [...present.keys()].filter((ref) => !heads.has(ref));
      await dropRefs(git, obsolete);
      const missing = [...heads].filter(([ref, { sha }]) => present.get(ref) !== sha);
      await fetchHeads(git, source, new Map(missing.map(([ref, { from }]) => [ref, from])));
      return listRefs(git);
    },
    /** What every forge answers from its copy alone. */
    reads: {
      repository,
      mergeForTest: async ({ baseSha, headSha }) => mergeForTest(await prepared(), { base: baseSha, head: headSha }),
      commit: async (sha) => readCommit(await prepared(), sha),
      readFile: async (sha, path) => readFileAt(await prepared(), sha, path),
      readFiles: async (sha, path) => readFilesAt(await prepared(), sha, path),
      listFiles: async (sha) => listFilesAt(await prepared(), sha),
      changedPaths: async (sha, from) => changedPaths(await prepared(), sha, from),
      branchesWith: async (sha) => branchesWith(await prepared(), sha),
      keep: async (pipeline, sha) => keep(await prepared(), { pipeline, sha, clock: source.clock }),
    } satisfies Partial<Forge>,
  };
}

/** Returns where to fetch from. Explicit credentials take precedence over those in the address. */
function sourceOf({ remote, credentials, refspecs = everyRef, clock = systemClock }: LocalCopyOptions): FetchOptions {
  const { url, environment } = gitAddress(remote);
  if (credentials === undefined) return { remote: url, authorization: async () => environment, refspecs, clock };
  const { username, password } = credentials;
  const authorization = async () => gitAuthorization(url, { username, password: (await password()).reveal() });
  return { remote: url, authorization, refspecs, clock };
}

async function keep(
  git: Git,
  { pipeline, sha, clock }: { readonly pipeline: string; readonly sha: string; readonly clock: Clock },
): Promise<void> {
  if (!/^[A-Za-z0-9_-]+$/.test(pipeline)) throw forgeError('FORGE_REF_INVALID', { name: pipeline });
  await requireCommit(git, sha);
  const name = () => git.run(['update-ref', `refs/pipelines/${pipeline}`, sha]);
  await name().catch(async (error: unknown) => {
    // The lock of a git that was killed: the pipeline could never begin.
    if (!meetsLock(messageOf(error)) || (await sweepStaleLocks(git.repository, clock)) === 0) throw error;
    await name();
  });
}
