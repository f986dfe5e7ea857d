import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { attemptProgram, gitAddress, messageOf, withoutCredentials, type ProcessVariables } from '../../kit/index.ts';
import type { BuildLog } from '../builder.ts';
import { builderError } from '../errors.ts';

export interface CloneOptions {
  readonly env: ProcessVariables;
  /** Folder for clones, which all jobs of this user on this machine share. */
  readonly cacheFolder: string;
  readonly log: BuildLog;
  readonly signal?: AbortSignal;
}

interface SpackCommit {
  readonly repository: string;
  readonly reference: string;
  readonly commit: string;
}

/**
 * Clones a commit once on a machine: flock(1) makes concurrent jobs wait for the first one, and a clone appears under
 * its name only when it is complete. If a server offers no single commits, the whole history is fetched.
 */
const script = `set -eu
final=$1 repository=$2 commit=$3
test ! -e "$final" || exit 0
rm -rf "$final.partial"
git init -q "$final.partial"
cd "$final.partial"
git fetch -q --depth 1 -- "$repository" "$commit" || git fetch -q -- "$repository" '+refs/*:refs/remotes/source/*'
git -c advice.detachedHead=false checkout -q "$commit"
mv "$final.partial" "$final"
`;

/** Returns the folder of a clone of this commit; it is made if it does not exist. */
export async function cloneSpack(source: SpackCommit, options: CloneOptions): Promise<string> {
  const { commit, repository } = source;
  const clones = join(options.cacheFolder, 'clones');
  const final = join(clones, commit);
  await mkdir(clones, { recursive: true });
  options.log(`Spack ${commit.slice(0, 10)} of ${withoutCredentials(repository)}: ${final}`);
  const words = [`${final}.lock`, 'sh', '-c', script, 'slipway', final, gitAddress(repository).url, commit];
  await git(['flock', ...words], source, options);
  return final;
}

/** Returns the commit of a branch, a tag or a commit's own name in a repository. */
export async function resolveCommit(repository: string, reference: string, options: CloneOptions): Promise<string> {
  if (/^[0-9a-f]{40}$/.test(reference)) return reference;
  const source = { repository, reference };
  const words = ['ls-remote', '--', gitAddress(repository).url, reference, `${reference}^{}`];
  // It lists every name that ends with these words: `backports/develop`, too, for `develop`.
  const lines = (await git(['git', ...words], source, options)).split('\n');
  const found = new Map(lines.map((line) => line.split('\t').toReversed() as [string, string]));
  // The commit of an annotated tag is listed beside it.
  const names = [reference, `refs/heads/${reference}`, `refs/tags/${reference}^{}`, `refs/tags/${reference}`];
  const commit = names.map((name) => found.get(name)).find((one) => one !== undefined);
  if (commit === undefined) throw cloneFailure(source, 'it has no such branch, tag or commit');
  return commit;
}

async function git(
  [program, ...words]: readonly [string, ...string[]],
  source: Omit<SpackCommit, 'commit'>,
  { env, signal, cacheFolder: cwd }: CloneOptions,
): Promise<string> {
  await mkdir(cwd, { recursive: true });
  const environment = {
    PATH: env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
    HOME: env['HOME'] ?? cwd,
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    ...networkVariables(env, source.repository),
  };
  const result = await attemptProgram(program, words, { env: environment, cwd, signal }).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw cloneFailure(source, messageOf(error));
  });
  if (result.isSuccess) return result.text;
  throw cloneFailure(source, result.output.split('\n').find((line) => /fatal|error/i.test(line)) ?? result.reason);
}

/** Variables by which git reaches a repository: proxies, certificates, keys and configuration. */
const names = /^(?:(?:https?|all|no)_proxy|GIT_(?:CONFIG|SSL|SSH|PROXY)_\w+|GIT_(?:SSH|ASKPASS)|SSH_AUTH_SOCK)$/i;

/** Returns those of the job, and with them the credentials of the address. */
function networkVariables(env: ProcessVariables, repository: string): ProcessVariables {
  const own = Object.fromEntries(Object.entries(env).filter(([name]) => names.test(name)));
  const { GIT_CONFIG_KEY_0: key, GIT_CONFIG_VALUE_0: value } = gitAddress(repository).environment;
  if (key === undefined) return own;
  const count = Number(own['GIT_CONFIG_COUNT'] ?? 0);
  const added = { [`GIT_CONFIG_KEY_${count}`]: key, [`GIT_CONFIG_VALUE_${count}`]: value };
  return { ...own, GIT_CONFIG_COUNT: String(count + 1), ...added };
}

function cloneFailure({ repository, reference }: Omit<SpackCommit, 'commit'>, reason: string) {
  return builderError('SPACK_CLONE_FAILED', { repository: withoutCredentials(repository), reference, reason });
}
