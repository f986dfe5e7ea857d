import { join } from 'node:path';
import { isSecretName, sha256, type ProcessVariables } from '../../kit/index.ts';
import { compilerPrograms } from './compiler-programs.ts';

const USUAL_PATH = '/usr/local/bin:/usr/bin:/bin';

/** What Spack has for a home: nothing in it is a person's. */
export interface SpackHome {
  readonly folder: string;
  /** The user's scope of its configuration. */
  readonly scope: string;
}

/**
 * The home of all Spacks that share a cache. Spack looks for compilers once and keeps what it found in the user's
 * scope: each set of compilers on PATH has its own, or an update, or another job's modules, would never be seen.
 */
export async function spackHome(cacheFolder: string, env: ProcessVariables): Promise<SpackHome> {
  const folder = join(cacheFolder, 'home');
  const programs = sha256(await compilerPrograms(env['PATH'] ?? USUAL_PATH));
  return { folder, scope: join(folder, 'config', programs.slice(0, 12)) };
}

/**
 * Variables that neither Spack nor a package's build has any use for: the mirror is read and written by this program,
 * so that no build sees the credentials of its job.
 */
const withheld = /^(?:SLIPWAY_|AWS_(?!ENDPOINT_URL(?:_S3)?$)|CI_JOB_TOKEN$|CI_REPOSITORY_URL$|SPACK_ROOT$|SPACK_ENV)/;

/** Keys to mirrors in S3, as a server gives them to its jobs, and what else decides how one is reached. */
const ofMirrors = /^(?:AWS_|S3_ENDPOINT_URL$)/;

/**
 * The environment of a Spack that concretizes: it takes what it may reuse from the indexes of mirrors, with the keys to
 * these. What they open to a job that builds nothing of its own is for reading.
 */
export function solveVariables(
  env: ProcessVariables,
  { home, names }: { readonly home: SpackHome; readonly names: readonly string[] },
): Record<string, string> {
  const keys = Object.entries(env).filter(
    (pair): pair is [string, string] => pair[1] !== undefined && (ofMirrors.test(pair[0]) || names.includes(pair[0])),
  );
  return { ...builderVariables(env, home), ...Object.fromEntries(keys) };
}

/**
 * The environment of a Spack process: the job's own, without credentials. Its configuration and caches are in `home`
 * unless the job names others, so that what a person keeps in `~/.spack` decides nothing by accident.
 */
export function builderVariables(env: ProcessVariables, { folder, scope }: SpackHome): Record<string, string> {
  const kept = Object.entries(env).filter(
    (pair): pair is [string, string] => pair[1] !== undefined && !withheld.test(pair[0]) && !isSecretName(pair[0]),
  );
  return {
    PATH: USUAL_PATH,
    HOME: folder,
    SPACK_USER_CONFIG_PATH: scope,
    SPACK_USER_CACHE_PATH: join(folder, 'cache'),
    LC_ALL: 'C.UTF-8',
    ...Object.fromEntries(kept),
    SPACK_COLOR: 'never',
    PYTHONHASHSEED: '0',
    PYTHONUNBUFFERED: '1',
  };
}
