import { withoutCredentials, type Clock } from '../../kit/index.ts';
import { forgeError } from '../errors.ts';
import type { RefName, Refs } from '../refs.ts';
import { meetsLock, sweepStaleLocks } from './bare-copy.ts';
import type { Git } from './git-command.ts';
import { knownName } from './queue-branches.ts';

export const branchesAndTags: readonly string[] = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'];
/** Pull requests include closed ones. */
export const everyRef = [...branchesAndTags, '+refs/pull/*/head:refs/pull/*/head'];
const TIMEOUT_MS = 15 * 60_000;

export interface FetchOptions {
  /** Without credentials. */
  readonly remote: string;
  /** Returns variables that carry the credentials; `ps` does not show them. */
  readonly authorization: () => Promise<Readonly<Record<string, string>>>;
  readonly clock: Clock;
  /** What is made equal to the remote's. */
  readonly refspecs: readonly string[];
}

/**
 * Makes the copy's branches, tags and pull requests equal to the remote's: all in one step, so that a reader never
 * sees half of a push. `refs/pipelines/*` is ours and stays.
 */
export async function fetchRemote(git: Git, options: FetchOptions): Promise<void> {
  const refspecs = ['--prune', '--', options.remote, ...options.refspecs];
  const first = await fetchOnce(git, options, refspecs);
  if (first === undefined) return;
  const locked = meetsLock(first) && (await sweepStaleLocks(git.repository, options.clock)) > 0;
  const reason = locked ? await fetchOnce(git, options, refspecs) : first;
  if (reason !== undefined)
    throw forgeError('FORGE_REMOTE_UNREACHABLE', { remote: withoutCredentials(options.remote), reason });
}

/**
 * Fetches heads, each by its SHA or a ref of the remote, into refs of the copy. One that the remote does not give (yet)
 * is left out, and its ref as it was.
 */
export async function fetchHeads(git: Git, options: FetchOptions, heads: ReadonlyMap<RefName, string>): Promise<void> {
  const refspecs = [...heads].map(([ref, source]) => `+${source}:${ref}`);
  if (refspecs.length === 0 || (await fetchOnce(git, options, ['--', options.remote, ...refspecs])) === undefined)
    return;
  // One missing head fails the whole request: then each is requested by itself.
  for (const refspec of refspecs) await fetchOnce(git, options, ['--', options.remote, refspec]);
}

/** Removes refs of the copy. */
export async function dropRefs(git: Git, refs: readonly RefName[]): Promise<void> {
  if (refs.length > 0)
    await git.run(['update-ref', '--stdin'], { input: refs.map((ref) => `delete ${ref}\n`).join('') });
}

/** Returns all refs of the copy that mirror the remote's, with the SHA of the object that each names. */
export async function listRefs(git: Git): Promise<Refs> {
  const folders = ['refs/heads', 'refs/tags', 'refs/pull', 'refs/queue'];
  const text = await git.run(['for-each-ref', '--format=%(objectname) %(refname)', ...folders]);
  const lines = text.split('\n').filter((line) => line !== '');
  const refs = lines.map((line) => line.split(' ') as [sha: string, ref: RefName]);
  return new Map(refs.map(([sha, ref]) => [knownName(ref), sha]));
}

/** Refuses what git would take for an option or for a program to run. */
export function checkRemote(remote: string): string {
  const isProgram = /^[a-z0-9+.-]+::/i.test(remote);
  if (remote === '' || remote.startsWith('-') || isProgram || /[\0\r\n]/.test(remote)) {
    throw forgeError('FORGE_REMOTE_INVALID', { remote: withoutCredentials(remote) });
  }
  return remote;
}

async function fetchOnce(
  git: Git,
  { authorization }: FetchOptions,
  rest: readonly string[],
): Promise<string | undefined> {
  const args = ['fetch', '--quiet', '--atomic', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules'];
  const result = await git.attempt([...args, ...rest], { environment: await authorization(), timeout: TIMEOUT_MS });
  return result.exitCode === 0 ? undefined : result.reason;
}
