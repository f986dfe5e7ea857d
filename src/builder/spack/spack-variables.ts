import { join } from 'node:path';

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Variables that neither Spack nor a package's build has any use for: the mirror is read and written by this program,
 * so that no build sees the credentials of its job.
 */
const withheld =
  /^(?:SLIPWAY_|AWS_|S3_ENDPOINT_URL$|CI_JOB_TOKEN$|CI_REPOSITORY_URL$|SPACK_SIGNING_KEY$|SPACK_ROOT$|SPACK_ENV)|(?:TOKEN|PASSWORD|SECRET)$/;

/** Keys to mirrors in S3, as a server gives them to its jobs, and what else decides how one is reached. */
const ofMirrors = /^(?:AWS_|S3_ENDPOINT_URL$)/;

/**
 * The environment of a Spack that concretizes: it takes what it may reuse from the indexes of mirrors, with the keys to
 * these. What they open to a job that builds nothing of its own is for reading.
 */
export function solveVariables(
  env: Variables,
  { home, names }: { readonly home: string; readonly names: readonly string[] },
): Record<string, string> {
  const keys = Object.entries(env).filter(
    (pair): pair is [string, string] => pair[1] !== undefined && (ofMirrors.test(pair[0]) || names.includes(pair[0])),
  );
  return { ...spackVariables(env, home), ...Object.fromEntries(keys) };
}

/** Where Spack's configuration is in such a home. */
export function userScopeOf(home: string): string {
  return join(home, 'config');
}

/**
 * The environment of a Spack process: the job's own, without credentials. Its configuration and caches are in `home`
 * unless the job names others, so that what a person keeps in `~/.spack` decides nothing by accident.
 */
export function spackVariables(env: Variables, home: string): Record<string, string> {
  const kept = Object.entries(env).filter(
    (pair): pair is [string, string] => pair[1] !== undefined && !withheld.test(pair[0]),
  );
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    HOME: home,
    SPACK_USER_CONFIG_PATH: userScopeOf(home),
    SPACK_USER_CACHE_PATH: join(home, 'cache'),
    LC_ALL: 'C.UTF-8',
    ...Object.fromEntries(kept),
    SPACK_COLOR: 'never',
    PYTHONHASHSEED: '0',
    PYTHONUNBUFFERED: '1',
  };
}
