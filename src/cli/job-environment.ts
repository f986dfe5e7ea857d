import { resolve } from 'node:path';
import type { MirrorSource } from '../generate/index.ts';
import { storeFromUrl, trustedKeys } from '../mirror/index.ts';
import type { Verifier } from '../mirror/index.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** What a job learns from its environment; by hand, outside of a pipeline, all of it may be missing. */
export interface JobEnvironment {
  readonly trust: 'protected' | 'pull-request' | 'untrusted';
  readonly projectFolder: string;
  /** Where this job reads and pushes. */
  readonly mirror?: MirrorSource;
  /** The protected mirror, if it is another one: it is only read. */
  readonly upstream?: MirrorSource;
  /** Checks signatures, where trusted keys are given. */
  readonly verifier?: Verifier;
  readonly jobName?: string;
  readonly pipeline?: string;
  /** The job runs again by `slipway reproduce` and must not publish anything. */
  readonly isReproduction: boolean;
}

/** Two thirds of a minute, more or less: a server that is started again is away for a while, and its runners' jobs need not end with it. */
const PATIENT = { attempts: 12 };

/** Reads the variables that the server gives to jobs, or GitLab and the user do. */
export async function readJobEnvironment(env: Variables, cwd: string, mirrorUrl?: string): Promise<JobEnvironment> {
  const trust = trustOf(env);
  const url = mirrorUrl ?? env['SLIPWAY_MIRROR'];
  const upstreamUrl = env['SLIPWAY_MIRROR_SOURCE'];
  const keys = await trustedKeys(env['SLIPWAY_TRUSTED_KEYS'], cwd);
  const verifier = keys === undefined ? undefined : lateVerifier(keys);
  const projectFolder = resolve(cwd, env['CI_PROJECT_DIR'] ?? '.');
  const source = async (from: string, requireSignature: boolean): Promise<MirrorSource> => {
    const place = from.includes('://') ? from : resolve(cwd, from);
    // By hand a wrong address should be told sooner.
    const store = await storeFromUrl(place, env, env['CI_JOB_NAME'] === undefined ? {} : { retry: PATIENT });
    return { store, requireSignature, ...(verifier === undefined ? {} : { verifier }) };
  };
  return {
    trust,
    projectFolder,
    isReproduction: env['SLIPWAY_REPRODUCTION'] === 'true',
    ...(url === undefined ? {} : { mirror: await source(url, trust === 'protected') }),
    ...(upstreamUrl === undefined || upstreamUrl === url ? {} : { upstream: await source(upstreamUrl, true) }),
    ...(verifier === undefined ? {} : { verifier }),
    ...(env['CI_JOB_NAME'] === undefined ? {} : { jobName: env['CI_JOB_NAME'] }),
    ...(env['CI_PIPELINE_ID'] === undefined ? {} : { pipeline: env['CI_PIPELINE_ID'] }),
  };
}

/** The mirrors in the order in which a package is looked for. */
export function mirrorsOf(job: JobEnvironment): readonly MirrorSource[] {
  return [job.mirror, job.upstream].filter((one) => one !== undefined);
}

/** What checks signatures is large, and many jobs check none: it is loaded with the first. */
function lateVerifier(keys: string): Verifier {
  let made: Verifier | undefined;
  return async (text) => {
    made ??= (await import('../notary/index.ts')).createVerifier(keys);
    return made(text);
  };
}

/** Without a word on trust the job is nobody's: its pushes are not for the protected mirror. */
function trustOf(env: Variables): JobEnvironment['trust'] {
  const trust = env['SLIPWAY_TRUST'];
  if (trust === 'protected' || trust === 'untrusted') return trust;
  return 'pull-request';
}
