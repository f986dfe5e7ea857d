import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gitAddress, hasCode, withoutCredentials } from '../../kit/index.ts';
import type { BuildLog } from '../builder.ts';
import { builderError } from '../errors.ts';
import { runSpack } from './run-spack.ts';

export interface CloneOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
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
 * One commit is cloned once on a machine: flock(1) lets one job make it while the others wait, and a clone appears
 * under its name only when it is whole. Where a server gives no single commits, the whole history is fetched.
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

/** The folder of a clone of this commit; made if it is not there yet. */
export async function cloneSpack(wanted: SpackCommit, options: CloneOptions): Promise<string> {
  const { commit, repository } = wanted;
  const clones = join(options.cacheFolder, 'clones');
  const final = join(clones, commit);
  await mkdir(clones, { recursive: true });
  options.log(`Spack ${commit.slice(0, 10)} of ${withoutCredentials(repository)}: ${final}`);
  const args = [`${final}.lock`, 'sh', '-c', script, 'slipway', final, gitAddress(repository).url, commit];
  const { code, lines } = await git({ program: 'flock', args, repository }, options);
  if (code !== 0) throw cloneFailure(wanted, lines);
  return final;
}

/** The commit that a branch, a tag or a commit's own name stands for in a repository. */
export async function resolveCommit(repository: string, reference: string, options: CloneOptions): Promise<string> {
  if (/^[0-9a-f]{40}$/.test(reference)) return reference;
  const args = ['ls-remote', '--', gitAddress(repository).url, reference, `${reference}^{}`];
  const { code, output, lines } = await git({ program: 'git', args, repository }, options);
  // It tells of every name that ends with these words: `backports/develop`, too, where `develop` is asked for.
  const found = new Map(output.split('\n').map((line) => line.split('\t').toReversed() as [string, string]));
  // What an annotated tag stands for is told beside it.
  const names = [reference, `refs/heads/${reference}`, `refs/tags/${reference}^{}`, `refs/tags/${reference}`];
  const commit = names.map((name) => found.get(name)).find((one) => one !== undefined);
  if (code === 0 && commit !== undefined) return commit;
  throw cloneFailure({ repository, reference, commit: reference }, code === 0 ? [] : lines);
}

interface GitInvocation {
  readonly program: string;
  readonly args: readonly string[];
  readonly repository: string;
}

async function git({ repository, ...invocation }: GitInvocation, options: CloneOptions) {
  const { env, signal, cacheFolder } = options;
  await mkdir(cacheFolder, { recursive: true });
  const environment = {
    PATH: env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
    HOME: env['HOME'] ?? cacheFolder,
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    ...gitAddress(repository).environment,
  };
  const run = { invocation, environment, workFolder: cacheFolder, hear: () => undefined, signal };
  return runSpack(run).catch((error: unknown) => {
    if (!hasCode(error, 'ENOENT')) throw error;
    return { code: 127, output: '', lines: [`error: there is no \`${invocation.program}\` on PATH`] };
  });
}

function cloneFailure({ repository, reference }: SpackCommit, lines: readonly string[]) {
  const reason = lines.find((line) => /fatal|error/i.test(line)) ?? 'it has no such branch, tag or commit';
  return builderError('SPACK_CLONE_FAILED', { repository: withoutCredentials(repository), reference, reason });
}
