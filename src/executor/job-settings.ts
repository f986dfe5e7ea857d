import type { Clock, Logger, Secret, Wait } from '../kit/index.ts';
import type { ApiClient } from './exchange/api-client.ts';
import type { CacheFolder } from './caches/cache-folder.ts';
import type { Elsewhere } from './elsewhere.ts';
import type { RunnerContainers } from './containers/runner-containers.ts';
import type { JobNetwork } from './network/job-network.ts';
import type { Jobserver } from './jobserver/jobserver.ts';
import type { Journal } from './processes/journal.ts';
import type { Checkouts } from './workspace/checkouts.ts';
import type { SandboxSettings } from './sandbox/sandbox.ts';
import type { Slots } from './shells/slots.ts';

/** What all jobs of a runner share. */
export interface JobSettings {
  readonly client: ApiClient;
  /** Authentication token of the runner. */
  readonly token: Secret;
  readonly slots: Slots;
  /** What the markers of jobs begin with. */
  readonly marker: string;
  readonly sandbox: SandboxSettings;
  /** In what jobs run that name an image; absent: in shells. */
  readonly containers?: RunnerContainers;
  /** What runs scripts on other machines; absent: they run on this one. */
  readonly elsewhere?: Elsewhere;
  /** All that jobs in a sandbox reach; absent: they have the network of this machine. */
  readonly network?: JobNetwork;
  readonly journal: Journal;
  /** Absent: each job uses what cores it likes. */
  readonly jobserver?: Jobserver;
  /** Absent: nothing is kept from job to job. */
  readonly caches?: CacheFolder;
  readonly checkouts: Checkouts;
  /** Each job has a folder in it, named by its id. */
  readonly workFolder: string;
  /** A folder put before the PATH of jobs: where the `slipway` command is. */
  readonly path?: string;
  /** The runner's own environment, of which jobs get PATH, USER, LANG and TZ only. */
  readonly base: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly wait: Wait;
  readonly log: Logger;
  /** Milliseconds without contact after which the runner says that the job still runs. */
  readonly heartbeat: number;
  /** Milliseconds between two pieces of a log, until the server names another interval. */
  readonly traceInterval: number;
  /** Bytes of a log. */
  readonly traceLimit: number;
  /** Bytes that a dependency's archive may have when unpacked. */
  readonly maxArchiveBytes: number;
}
