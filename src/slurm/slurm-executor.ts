import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ifExists, type ProcessVariables, type Wait } from '../kit/index.ts';
import { timeoutOf, type ElsewhereJob, type JobShell } from '../executor/index.ts';
import { clusterEnvironment } from './cluster-environment.ts';
import { Cluster } from './cluster.ts';
import { slurmError } from './errors.ts';
import { jobName } from './job-name.ts';
import { untilEnded } from './run-on-cluster.ts';
import type { SlurmSettings } from './settings.ts';
import { SlurmShell } from './slurm-shell.ts';

interface SlurmExecutorOptions {
  readonly settings: SlurmSettings;
  /** Data folder of the runner, which nodes see at the same path. */
  readonly data: string;
  /** The environment of the runner. */
  readonly env: ProcessVariables;
  readonly wait: Wait;
}

/** Runs the scripts of a runner’s jobs on Slurm. Call `reap` once, before the first job. */
export class SlurmExecutor {
  readonly #options: SlurmExecutorOptions;
  readonly #cluster: Cluster;
  readonly #folder: string;

  constructor(options: SlurmExecutorOptions) {
    this.#options = options;
    this.#cluster = new Cluster(clusterEnvironment(options.env, options.settings));
    this.#folder = join(options.data, 'slurm');
  }

  /** Ends what a runner that was killed has left on Slurm. Throws SLURM_NO_ANSWER. */
  async reap(): Promise<void> {
    const { wait, settings } = this.#options;
    for (const name of (await ifExists(readdir(this.#folder))) ?? []) {
      if (!(await this.#cluster.cancel(name))) throw slurmError('SLURM_NO_ANSWER', { name });
      const id = await this.#cluster.find(name);
      if (typeof id === 'string') await untilEnded({ cluster: this.#cluster, id, wait, poll: settings.poll * 1000 });
      await rm(join(this.#folder, name), { recursive: true, force: true });
    }
  }

  shellOf({ job, project, path }: ElsewhereJob): JobShell {
    const { settings, wait } = this.#options;
    const name = jobName(job);
    const folder = join(this.#folder, name);
    return new SlurmShell({
      cluster: this.#cluster,
      settings,
      name,
      folder,
      project,
      path,
      timeout: timeoutOf(job),
      wait,
    });
  }
}
