import { packageJobError } from '../errors.ts';
import type { RebuildJob } from './rebuild-job.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * What signs the package: nothing in the jobs of a server, whose notary does it at the door; elsewhere SPACK_SIGNING_KEY,
 * where there is one. Throws where SPACK_REQUIRE_SIGNING wants one that is not there.
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
