import type { ProcessVariables } from '../../kit/index.ts';
import type { JobLimits } from '../limits/job-limits.ts';
import type { JobNetwork } from '../network/job-network.ts';
import type { PrepareSandbox } from '../sandbox/sandbox.ts';
import type { PullPolicy } from './pull-image.ts';
import type { ContainerRuntime } from './runtime.ts';

/** What the containers of jobs have, whatever a job names. */
export interface ContainerSettings {
  readonly runtime: ContainerRuntime;
  /** Environment of the runtime's command line: the operator's. */
  readonly env: ProcessVariables;
  /** Files and folders that jobs read at their own paths. */
  readonly readable: readonly string[];
  /** The same, and written. */
  readonly writable: readonly string[];
  /** A folder of programs, behind those of the image. */
  readonly path?: string;
  /** Policies that jobs may name; the first is the default. */
  readonly pullPolicies: readonly PullPolicy[];
  /** Whether images are pulled with the registry credentials of the user, if the job has none. */
  readonly hasUserCredentials: boolean;
  readonly limits?: JobLimits;
  /** All that jobs reach: without it, what the runtime lets them reach; `host`: what this machine reaches. */
  readonly network?: JobNetwork | 'host';
  /** Called once a job has its sources, before its script. */
  readonly prepare?: PrepareSandbox;
}
