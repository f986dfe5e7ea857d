import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import type { Builder } from '../../builder/index.ts';
import { attemptProgram, readGit, runProgram } from '../../kit/index.ts';
import { readLockfile, type Lockfile } from '../../spack/index.ts';
import { packageJobError } from '../errors.ts';

interface AgainstRequest {
  /** A commit, branch or tag of the environment's repository, or the file of a lock. */
  readonly against: string;
  readonly environment: string;
  /**
   * Folders of further configuration, absolute; of those in the environment's repository the commit's own are taken.
   */
  readonly configScopes: readonly string[];
  readonly cwd: string;
  readonly builder: () => Promise<Pick<Builder, 'lock'>>;
}

/**
 * Returns the lock to compare with: a file, the `spack.lock` that was committed beside the environment, or, without
 * one, the lock that the environment of that commit gives.
 */
export async function lockAgainst(request: AgainstRequest): Promise<Lockfile> {
  const { against, environment, cwd } = request;
  const file = resolve(cwd, against);
  const isFile = await stat(file).then(
    (found) => found.isFile(),
    () => false,
  );
  if (isFile) return readLockfile(await readFile(file, 'utf8'), file);
  const words = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${against}^{commit}`];
  const commit = await attemptProgram('git', ['-C', environment, ...words], { env: 'inherited' });
  if (!commit.isSuccess) {
    // git prints nothing if there is no such commit, and a reason if it cannot read the repository.
    const [line = ''] = commit.stderr.toString('utf8').split('\n');
    const output = line === '' ? '' : ` (git: ${line})`;
    throw packageJobError('PACKAGE_JOB_AGAINST_UNKNOWN', { against, folder: environment, output });
  }
  const lock = await readGit(environment, ['show', `${commit.text}:./spack.lock`]);
  if (lock !== undefined) return readLockfile(lock, `spack.lock of ${against}`);
  return lockAt(commit.text, request);
}

/** Returns what to compare with by default: the last commit if the folder differs from it, else the one before. */
export async function usualBase(environment: string): Promise<string> {
  return (await readGit(environment, ['status', '--porcelain', '--', '.'])) === '' ? 'HEAD^' : 'HEAD';
}

async function lockAt(commit: string, { environment, configScopes, builder }: AgainstRequest): Promise<Lockfile> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-against-'));
  try {
    // The whole repository: recipes and configuration may be beside the environment.
    const run = (program: string, words: readonly string[]) => runProgram(program, words, { env: 'inherited' });
    const { text: prefix } = await run('git', ['-C', environment, 'rev-parse', '--show-prefix']);
    const top = resolve(environment, relative(`/${prefix}`, '/'));
    const archive = join(folder, 'repository.tar');
    await run('git', ['-C', top, 'archive', '--format=tar', '-o', archive, commit]);
    const tree = join(folder, 'tree');
    await mkdir(tree);
    await run('tar', ['-xf', archive, '-C', tree]);
    const scopes = configScopes.map((scope) =>
      `${scope}/`.startsWith(`${top}/`) ? join(tree, relative(top, scope)) : scope,
    );
    return await (await builder()).lock({ environment: join(tree, prefix), configScopes: scopes });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
