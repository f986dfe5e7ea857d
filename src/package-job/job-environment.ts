import { resolve } from 'node:path';
import type { ProcessVariables } from '../kit/index.ts';
import type { MirrorSource } from '../generate/index.ts';
import { storeFromUrl, trustedKeys, type Verifier } from '../mirror/index.ts';
import { clearsignedAcceptor } from '../openpgp/index.ts';

/** What a job reads from its environment; all of it may be missing outside of a pipeline. */
export interface JobEnvironment {
  readonly trust: 'protected' | 'pull-request' | 'untrusted';
  readonly projectFolder: string;
  /** Where this job reads and pushes. */
  readonly mirror?: MirrorSource;
  /** The protected mirror, if it is another one: it is only read. */
  readonly upstream?: MirrorSource;
  /** Checks signatures, if there are trusted keys. */
  readonly verifier?: Verifier;
  readonly jobName?: string;
  readonly pipeline?: string;
  /** The job runs again by `slipway reproduce` and must not publish anything. */
  readonly isReproduction: boolean;
}

/** Two thirds of a minute, more or less: the jobs of a server need not end while it restarts. */
const PATIENT = { attempts: 12 };

/** Reads the variables that the server gives to jobs, or GitLab and the user do. */
export async function readJobEnvironment(
  env: ProcessVariables,
  cwd: string,
  mirrorUrl?: string,
): Promise<JobEnvironment> {
  const trust = trustOf(env);
  const url = mirrorUrl ?? env['SLIPWAY_MIRROR'];
  const upstreamUrl = env['SLIPWAY_MIRROR_SOURCE'];
  const keys = await trustedKeys(env['SLIPWAY_TRUSTED_KEYS'], cwd);
  const verifier = keys === undefined ? undefined : jobVerifier(keys);
  const projectFolder = resolve(cwd, env['CI_PROJECT_DIR'] ?? '.');
  const source = async (from: string, requireSignature: boolean): Promise<MirrorSource> => {
    const address = from.includes('://') ? from : resolve(cwd, from);
    // On the command line a wrong address should be reported sooner.
    const store = await storeFromUrl(address, env, env['CI_JOB_NAME'] === undefined ? {} : { retry: PATIENT });
    return { store, requireSignature, verifier };
  };
  return {
    trust,
    projectFolder,
    isReproduction: env['SLIPWAY_REPRODUCTION'] === 'true',
    mirror: url === undefined ? undefined : await source(url, trust === 'protected'),
    upstream: upstreamUrl === undefined || upstreamUrl === url ? undefined : await source(upstreamUrl, true),
    verifier,
    jobName: env['CI_JOB_NAME'],
    pipeline: env['CI_PIPELINE_ID'],
  };
}

/** The mirrors in the order in which a package is looked for. */
export function mirrorsOf(job: JobEnvironment): readonly MirrorSource[] {
  return [job.mirror, job.upstream].filter((one) => one !== undefined);
}

/**
 * Most signatures have one form, and a small reader that knows no other accepts them. What it does not accept is checked
 * by the notary's verifier, whose code takes longer to load than most jobs run.
 */
function jobVerifier(keys: string): Verifier {
  let accept: ReturnType<typeof clearsignedAcceptor> | undefined;
  let verify: Verifier | undefined;
  return async (text) => {
    accept ??= clearsignedAcceptor(keys);
    const accepted = accept(text, Date.now());
    if (accepted !== undefined) return accepted;
    verify ??= (await import('../notary/index.ts')).createVerifier(keys);
    return verify(text);
  };
}

/** Without SLIPWAY_TRUST nothing is pushed to the protected mirror. */
function trustOf(env: ProcessVariables): JobEnvironment['trust'] {
  const trust = env['SLIPWAY_TRUST'];
  if (trust === 'protected' || trust === 'untrusted') return trust;
  return 'pull-request';
}
