import { attemptProgram } from '../../kit/index.ts';
import { readLockfile } from '../../spack/index.ts';
import { mirrorError } from '../errors.ts';

/**
 * Returns the hashes of all packages that the `spack.lock` files of a repository's refs name. A ref may be a pattern
 * such as `releases/*`.
 */
export async function hashesOfRefs(repository: string, refs: readonly string[]): Promise<ReadonlySet<string>> {
  const hashes = new Set<string>();
  for (const ref of refs) {
    for (const commit of await commitsOf(repository, ref)) {
      for (const path of await locksIn(repository, commit)) {
        const text = await git(repository, ['show', `${commit}:${path}`]);
        for (const hash of readLockfile(text, `${ref}:${path}`).nodes.keys()) hashes.add(hash);
      }
    }
  }
  return hashes;
}

async function commitsOf(repository: string, ref: string): Promise<ReadonlySet<string>> {
  const patterns = ['refs/heads/', 'refs/tags/', 'refs/remotes/origin/'].map((folder) => folder + ref);
  const listed = await git(repository, ['for-each-ref', '--format=%(objectname)', ...patterns]);
  const found = listed.split('\n').filter((line) => line !== '');
  if (found.length > 0) return new Set(found);
  const words = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`];
  const { text, isSuccess } = await runGit(repository, words);
  if (!isSuccess) throw mirrorError('MIRROR_REF_UNKNOWN', { ref, repository });
  return new Set([text.trim()]);
}

async function locksIn(repository: string, commit: string): Promise<readonly string[]> {
  const listed = await git(repository, ['ls-tree', '-r', '-z', '--name-only', commit]);
  return listed.split('\0').filter((path) => /(?:^|\/)spack\.lock$/.test(path));
}

async function git(repository: string, words: readonly string[]): Promise<string> {
  const { text, stderr, isSuccess } = await runGit(repository, words);
  if (!isSuccess)
    throw mirrorError('MIRROR_REPOSITORY_UNREADABLE', { repository, reason: stderr.toString('utf8').trim() });
  return text;
}

function runGit(repository: string, words: readonly string[]) {
  return attemptProgram('git', words, { cwd: repository, env: 'inherited' });
}
