import { execa } from 'execa';
import { readLockfile } from '../../spack/index.ts';
import { cliError } from '../errors.ts';

/** Hashes of all packages that the `spack.lock` files in the trees of a repository's refs name; a ref may be a pattern, as `releases/*`. */
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
  const { stdout, failed } = await execa(
    'git',
    ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`],
    {
      cwd: repository,
      reject: false,
    },
  );
  if (failed) throw cliError('CLI_REF_UNKNOWN', { ref, repository });
  return new Set([stdout.trim()]);
}

async function locksIn(repository: string, commit: string): Promise<readonly string[]> {
  const listed = await git(repository, ['ls-tree', '-r', '-z', '--name-only', commit]);
  return listed.split('\0').filter((path) => /(?:^|\/)spack\.lock$/.test(path));
}

async function git(repository: string, words: readonly string[]): Promise<string> {
  const { stdout, stderr, failed } = await execa('git', words, {
    cwd: repository,
    reject: false,
    maxBuffer: 2 ** 30,
    stripFinalNewline: false,
  });
  if (failed) throw cliError('CLI_REPOSITORY_UNREADABLE', { repository, reason: stderr.trim() });
  return stdout;
}
