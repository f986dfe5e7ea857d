import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { execa } from 'execa';
import type { Builder } from '../../builder/index.ts';
import { readLockfile } from '../../spack/index.ts';
import type { Lockfile } from '../../spack/index.ts';
import { cliError } from '../errors.ts';

export interface AgainstRequest {
  /** A commit, branch or tag of the environment's repository, or the file of a lock. */
  readonly against: string;
  readonly environment: string;
  /** Folders of further configuration, absolute; of those in the environment's repository the commit's own are taken. */
  readonly configScopes: readonly string[];
  readonly cwd: string;
  readonly builder: Builder;
}

/**
 * The lock to compare with: a file, the `spack.lock` that stands beside the environment at a commit, or, where none was
 * committed, the lock that the environment of that commit gives.
 */
export async function lockAgainst(request: AgainstRequest): Promise<Lockfile> {
  const { against, environment, cwd } = request;
  const file = resolve(cwd, against);
  const isFile = await stat(file).then(
    (found) => found.isFile(),
    () => false,
  );
  if (isFile) return readLockfile(await readFile(file, 'utf8'), file);
  const git = (words: readonly string[]) =>
    execa('git', words, { cwd: environment, reject: false, stripFinalNewline: false });
  const commit = await git(['rev-parse', '--verify', '--quiet', '--end-of-options', `${against}^{commit}`]);
  if (commit.failed) {
    // Where it has none, git is silent; where it may not read the repository, or there is none, it says so.
    const [said = ''] = commit.stderr.split('\n');
    throw cliError('CLI_AGAINST_UNKNOWN', { against, folder: environment, said: said === '' ? '' : ` (git: ${said})` });
  }
  const hash = commit.stdout.trim();
  const lock = await git(['show', `${hash}:./spack.lock`]);
  if (!lock.failed) return readLockfile(lock.stdout, `spack.lock of ${against}`);
  return lockAt(hash, request);
}

/** What to compare with when nobody says: the last commit where the folder differs from it, else the one before. */
export async function usualBase(environment: string): Promise<string> {
  const { stdout } = await execa('git', ['status', '--porcelain', '--', '.'], { cwd: environment, reject: false });
  return stdout === '' ? 'HEAD^' : 'HEAD';
}

async function lockAt(commit: string, { environment, configScopes, builder }: AgainstRequest): Promise<Lockfile> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-against-'));
  try {
    // The whole repository: recipes and configuration may lie beside the environment.
    const { stdout: prefix } = await execa('git', ['rev-parse', '--show-prefix'], { cwd: environment });
    const top = resolve(environment, relative(`/${prefix}`, '/'));
    const archive = join(folder, 'repository.tar');
    await execa('git', ['archive', '--format=tar', '-o', archive, commit], { cwd: top });
    const tree = join(folder, 'tree');
    await mkdir(tree);
    await execa('tar', ['-xf', archive, '-C', tree]);
    const scopes = configScopes.map((scope) =>
      `${scope}/`.startsWith(`${top}/`) ? join(tree, relative(top, scope)) : scope,
    );
    return await builder.lock({ environment: join(tree, prefix), configScopes: scopes });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
