import { join } from 'node:path';

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Variables that neither Spack nor a package's build has any use for: the mirror is read and written by this program,
 * so that no build sees the credentials of its job.
 */
const withheld =
  /^(?:SLIPWAY_|AWS_|S3_ENDPOINT_URL$|CI_JOB_TOKEN$|CI_REPOSITORY_URL$|SPACK_SIGNING_KEY$|SPACK_ROOT$|SPACK_ENV)|(?:TOKEN|PASSWORD|SECRET)$/;

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
    SPACK_USER_CONFIG_PATH: join(home, 'config'),
    SPACK_USER_CACHE_PATH: join(home, 'cache'),
    LC_ALL: 'C.UTF-8',
    ...Object.fromEntries(kept),
    SPACK_COLOR: 'never',
    PYTHONHASHSEED: '0',
    PYTHONUNBUFFERED: '1',
  };
}
