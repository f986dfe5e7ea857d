import { join } from 'node:path';
import type { ProcessVariables } from '../../kit/index.ts';
import type { JobResponse } from '../../protocol/index.ts';
import { JobFailure } from '../job-outcome.ts';
import type { JobNetwork } from '../network/job-network.ts';
import type { SandboxSettings } from '../sandbox/sandbox.ts';
import type { ContainerSettings } from './container-settings.ts';
import type { PullPolicy } from './pull-image.ts';
import type { FoundRuntime } from './runtime.ts';

/** In what the jobs of a runner run that name an image. */
export interface RunnerContainers {
  readonly found: FoundRuntime;
  /** Environment of the runtime's command line. */
  readonly env: ProcessVariables;
  /** Whether a job fails where no runtime works, instead of running in a shell. */
  readonly isRequired: boolean;
  readonly pullPolicies: readonly PullPolicy[];
}

interface RunnerSettings {
  readonly containers?: RunnerContainers;
  readonly sandbox: SandboxSettings;
  readonly network?: JobNetwork;
  readonly path?: string;
}

/** Returns the container of a job, whose own folder is `folder`; undefined where it runs in a shell. */
export function containerOf(
  job: JobResponse,
  folder: string,
  { containers, sandbox, network, path }: RunnerSettings,
): ContainerSettings | undefined {
  if (!job.image || containers === undefined) return undefined;
  const { found, env, isRequired, pullPolicies } = containers;
  if (found.runtime === undefined) {
    if (!isRequired) return undefined;
    throw new JobFailure('runner_system_failure', `the job names an image, and ${found.reason}`);
  }
  const fault = forkObstacle(found);
  if (job.trust === 'untrusted' && fault !== undefined) throw new JobFailure('runner_system_failure', fault);
  const isAlone = sandbox.mode === 'always';
  return {
    runtime: found.runtime,
    env,
    readable: [join(folder, 'files')],
    writable: job.trust === 'protected' ? (sandbox.caches ?? []) : [],
    ...(path === undefined ? {} : { path }),
    pullPolicies,
    hasUserCredentials: false,
    ...(sandbox.limits === undefined ? {} : { limits: sandbox.limits }),
    ...(isAlone && network !== undefined ? { network } : {}),
    ...(isAlone && sandbox.prepare !== undefined ? { prepare: sandbox.prepare } : {}),
  };
}

/** Returns why jobs of forks cannot run in containers, as a sentence without a full stop; undefined if they can. */
export function forkObstacle({ runtime }: FoundRuntime): string | undefined {
  if (runtime === undefined || (runtime.program === 'podman' && runtime.isRootless)) return undefined;
  const why = runtime.isRootless
    ? 'docker pulls images past the network policy'
    : `${runtime.program} runs as root here`;
  return `Jobs of forks that name an image need rootless podman, and ${why}`;
}
