import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import type { Builder } from '../../builder/index.ts';
import { runProgram } from '../../kit/index.ts';
import { readLockfile, type Lockfile } from '../../spack/index.ts';
import { packageJobError } from '../errors.ts';
import { runGit } from '../run-git.ts';

interface AgainstRequest {
  /** A commit, branch or tag of the environment's repository, or the file of a lock. */
  readonly against: string;
  readonly environment: string;
  /**
   * Folders of further configuration, absolute; of those in the environment's repository the commit's own are taken.
   */
  readonly configScopes: readonly string[];
  readonly cwd: string;
  readonly builder: Builder;
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
  const commit = await runGit(environment, words);
  if (commit.failed) {
    // git prints nothing if there is no such commit, and a reason if it cannot read the repository.
    const [line = ''] = commit.stderr.split('\n');
    const output = line === '' ? '' : ` (git: ${line})`;
    throw packageJobError('PACKAGE_JOB_AGAINST_UNKNOWN', { against, folder: environment, output });
  }
  const hash = commit.stdout.trim();
  const lock = await runGit(environment, ['show', `${hash}:./spack.lock`]);
  if (!lock.failed) return readLockfile(lock.stdout, `spack.lock of ${against}`);
  return lockAt(hash, request);
}

/** Returns what to compare with by default: the last commit if the folder differs from it, else the one before. */
export async function usualBase(environment: string): Promise<string> {
  const { stdout } = await runGit(environment, ['status', '--porcelain', '--', '.']);
  return stdout === '' ? 'HEAD^' : 'HEAD';
}

async function lockAt(commit: string, { environment, configScopes, builder }: AgainstRequest): Promise<Lockfile> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-against-'));
  try {
    // The whole repository: recipes and configuration may lie beside the environment.
    const run = (cwd: string, [program, ...words]: readonly [string, ...string[]]) =>
      runProgram(program, words, { cwd, env: 'inherited' });
    const { text: prefix } = await run(environment, ['git', 'rev-parse', '--show-prefix']);
    const top = resolve(environment, relative(`/${prefix}`, '/'));
    const archive = join(folder, 'repository.tar');
    await run(top, ['git', 'archive', '--format=tar', '-o', archive, commit]);
    const tree = join(folder, 'tree');
    await mkdir(tree);
    await run(folder, ['tar', '-xf', archive, '-C', tree]);
    const scopes = configScopes.map((scope) =>
      `${scope}/`.startsWith(`${top}/`) ? join(tree, relative(top, scope)) : scope,
    );
    return await builder.lock({ environment: join(tree, prefix), configScopes: scopes });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
