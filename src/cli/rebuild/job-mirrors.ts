import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MirrorSource } from '../../generate/index.ts';
import { storeOfMirror } from '../../mirror/index.ts';
import type { ObjectStore } from '../../mirror/index.ts';
import { readEnvironment } from '../../spack/index.ts';
import { cliError } from '../errors.ts';
import { mirrorsOf } from '../job-environment.ts';
import { stackMirrors } from '../stack-mirrors.ts';
import type { RebuildJob } from './rebuild-job.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** Where a job looks for packages, in this order, and where it pushes. */
export interface JobMirrors {
  readonly sources: readonly MirrorSource[];
  readonly destination: ObjectStore;
}

/**
 * The mirrors of a job: those that the server gives it, or, anywhere else, the binary mirrors of the locked environment,
 * of which `buildcache-destination` is pushed to, as `spack ci rebuild` has it.
 */
export async function jobMirrors({ job, concrete }: RebuildJob, env: Variables): Promise<JobMirrors> {
  const given = mirrorsOf(job);
  const [first] = given;
  if (job.mirror !== undefined && first !== undefined) return { sources: given, destination: job.mirror.store };
  const text = await readFile(join(concrete, 'spack.yaml'), 'utf8').catch(() => '');
  const { environment } = readEnvironment(text, 'spack.yaml');
  const mirrors = (environment?.mirrors ?? []).filter(({ binary }) => binary);
  const named = mirrors.find(({ name }) => name === 'buildcache-destination');
  if (named === undefined) {
    const remedy =
      'Give the URL of the mirror that this job pushes to, or name a mirror `buildcache-destination` in spack.yaml.';
    throw cliError('CLI_JOB_VARIABLE_MISSING', { variable: 'SLIPWAY_MIRROR', remedy });
  }
  const sources = stackMirrors(mirrors, { env, ...(job.verifier && { verifier: job.verifier }) });
  return { sources, destination: storeOfMirror({ mirror: named, direction: 'push', environment: env }) };
}
