import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gitCommand, mergeForTest } from '../forge/index.ts';
import { attemptProgram, messageOf } from '../kit/index.ts';
import type { JobReproduction } from '../protocol/index.ts';
import { reproduceError } from './errors.ts';

interface SourcesRequest {
  readonly source: JobReproduction['source'];
  /** Where the commit goes; made. */
  readonly project: string;
  /** A clone of the stack, if there is one at hand: it is looked at before the remote. */
  readonly near: string;
  readonly signal: AbortSignal;
}

/**
 * Puts the commit that a job checked out into a folder, as a repository of its own: out of a clone at hand or of the
 * remote, as the user who runs this may read it. A pull request's merge is made again; it has the SHA that it had.
 */
export async function getSources(request: SourcesRequest): Promise<void> {
  const { source, project } = request;
  const { sha, merge, remote } = source;
  const commits = merge === undefined ? [sha] : [merge.base, merge.head];
  await mkdir(project, { recursive: true });
  await git(request, ['-c', 'init.defaultBranch=main', 'init', '--quiet', '--template=']);
  await git(request, ['remote', 'add', 'origin', remote]);
  const reasons = await fetchFrom(request, commits);
  if (reasons !== undefined)
    throw reproduceError('REPRODUCE_SOURCE_MISSING', { sha: sha.slice(0, 12), remote, reason: reasons });
  if (merge !== undefined) await makeMerge(request, merge);
  await git(request, ['-c', 'advice.detachedHead=false', 'checkout', '--force', '--quiet', sha]);
}

/** Undefined once all commits are there, else why they are not. */
async function fetchFrom(request: SourcesRequest, commits: readonly string[]): Promise<string | undefined> {
  const { near, source } = request;
  const reasons: string[] = [];
  for (const from of [near, source.remote]) {
    // A server that does not serve single commits serves branches, and the refs of pull requests.
    for (const what of [commits, ['+refs/heads/*:refs/remotes/origin/*', '+refs/pull/*:refs/remotes/pull/*']]) {
      try {
        await git(request, ['fetch', '--quiet', '--no-tags', '--no-recurse-submodules', from, ...what]);
      } catch (error) {
        reasons.push(messageOf(error).trim());
      }
      if (await hasAll(request, commits)) return undefined;
    }
  }
  return reasons.at(-1) ?? 'it is not there';
}

async function hasAll(request: SourcesRequest, commits: readonly string[]): Promise<boolean> {
  for (const commit of commits) {
    const found = await git(request, ['cat-file', '-e', `${commit}^{commit}`]).catch(() => undefined);
    if (found === undefined) return false;
  }
  return true;
}

async function makeMerge(
  { source, project }: SourcesRequest,
  { base, head }: { base: string; head: string },
): Promise<void> {
  const merged = await mergeForTest(gitCommand({ repository: join(project, '.git') }), { base, head });
  const made = 'sha' in merged ? merged.sha : `a conflict in ${merged.conflict}`;
  if (made === source.sha) return;
  const reason = `merging ${head.slice(0, 12)} into ${base.slice(0, 12)} gives ${made}`;
  throw reproduceError('REPRODUCE_SOURCE_MISSING', { sha: source.sha.slice(0, 12), remote: source.remote, reason });
}

/** Runs git in the user's own environment, which has the credentials that the remote may require. */
async function git({ project, signal }: SourcesRequest, words: readonly string[]): Promise<string> {
  const all = ['GIT_TERMINAL_PROMPT=0', 'git', '-C', project, ...words];
  const result = await attemptProgram('env', all, { env: 'inherited', signal });
  if (!result.isSuccess) throw new Error(result.reason);
  return result.text;
}
