import { packageJobError } from '../errors.ts';
import type { RebuildJob } from './rebuild-job.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Returns what signs the package: nothing in the jobs of a server, whose notary signs what they push; elsewhere
 * SPACK_SIGNING_KEY, if it is set. Throws if SPACK_REQUIRE_SIGNING needs a key that is missing.
 */
export function jobSigner(job: RebuildJob, env: Variables): ((text: string) => Promise<string>) | undefined {
  if (env['SLIPWAY_TRUST'] !== undefined) return undefined;
  const key = env['SPACK_SIGNING_KEY'];
  if (key !== undefined && key !== '')
    return async (text) => {
      const { createSigner, readSecretKey } = await import('../../notary/index.ts');
      return createSigner(await readSecretKey(key)).sign(text);
    };
  if (!job.requiresSigning) return undefined;
  const remedy = 'SPACK_REQUIRE_SIGNING is True: give the key, or let a server sign what its jobs push.';
  throw packageJobError('PACKAGE_JOB_VARIABLE_MISSING', { variable: 'SPACK_SIGNING_KEY', remedy });
}
