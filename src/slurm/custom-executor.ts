import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exists, findProgram, spawnProgram, type ProcessVariables, type Wait } from '../kit/index.ts';
import { clusterEnvironment } from './cluster-environment.ts';
import { Cluster } from './cluster.ts';
import type { CustomJob } from './custom-job.ts';
import { JobFolder } from './job-folder.ts';
import { describeResources, resourceWords } from './resource-words.ts';
import { jobResources, type JobResources } from './resources.ts';
import { runOnCluster } from './run-on-cluster.ts';
import type { SlurmSettings } from './settings.ts';

interface ExecutorOptions {
  readonly settings: SlurmSettings;
  readonly job: CustomJob;
  /** The environment of the stage. */
  readonly env: ProcessVariables;
  readonly wait: Wait;
  readonly onOutput: (bytes: Uint8Array) => void;
  readonly onNote: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Stages that run the job’s own scripts; the others get sources and move artifacts and caches. */
const ON_A_NODE = /^(?:build_script|after_script|step_\w+)$/;
/**
 * The stages of gitlab-runner’s custom executor for one job. gitlab-runner calls `prepare`, `run` for each stage in turn, and
 * `cleanup` at the end, however the job ends, each in a process of its own.
 */
export class CustomExecutor {
  readonly #options: ExecutorOptions;
  readonly #folder: string;
  readonly #env: ProcessVariables;
  readonly #cluster: Cluster;

  constructor(options: ExecutorOptions) {
    const { settings, job, env } = options;
    this.#options = options;
    this.#folder = join(settings.folder, 'jobs', job.name);
    this.#env = clusterEnvironment(env, settings);
    this.#cluster = new Cluster(this.#env);
  }

  /** Checks what the job requests. Throws if it requests what it cannot have. */
  async prepare(): Promise<void> {
    const { onNote, job, env } = this.#options;
    const resources = this.#resources();
    for (const warning of resources.warnings) onNote(`warning: ${warning}`);
    if ((job.variables['CI_JOB_SERVICES'] ?? '') !== '') onNote('warning: Services are not started on Slurm.');
    if ((job.variables['CI_JOB_IMAGE'] ?? '') !== '') onNote('warning: The image is not used on Slurm.');
    if ((await findProgram('gitlab-runner', env['PATH'] ?? '')) === undefined)
      onNote('warning: Artifacts and caches are left out, because `gitlab-runner` is not on PATH.');
    onNote(`The scripts of this job run on Slurm with ${describeResources(resources)}.`);
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
  }

  /** Runs the script of a stage and returns its exit status; undefined if it was canceled. */
  async run(script: string, stage: string): Promise<number | undefined> {
    if (!ON_A_NODE.test(stage)) return this.#runHere(script);
    const { settings, job, wait, signal, onOutput, onNote } = this.#options;
    const text = await readFile(script, 'utf8');
    const words = resourceWords(this.#resources(), settings);
    const folder = await JobFolder.create(this.#folder, { name: stage, script: text });
    const watched = { wait, signal, onOutput, onNote, poll: settings.poll * 1000 };
    const code = await runOnCluster({ ...watched, cluster: this.#cluster, name: job.name, folder, words });
    if (code !== undefined && job.exitCodeFile !== undefined) await writeFile(job.exitCodeFile, `${code}\n`);
    return code;
  }

  /** Ends what is left of the job, and removes its folder with the secrets in it. */
  async cleanup(): Promise<void> {
    if (!(await exists(this.#folder))) return;
    await this.#cluster.cancel(this.#options.job.name);
    await rm(this.#folder, { recursive: true, force: true });
  }

  #resources(): JobResources {
    return jobResources(this.#options.job, this.#options.settings);
  }

  async #runHere(script: string): Promise<number | undefined> {
    const { signal, onOutput } = this.#options;
    const child = spawnProgram('sh', ['-c', 'exec bash "$1" 2>&1', 'sh', script], {
      env: this.#env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.on('data', onOutput);
    child.stderr.resume();
    const end = () => child.kill('SIGTERM');
    signal.addEventListener('abort', end, { once: true });
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve(code ?? undefined));
    });
  }
}

/** Returns what the stage `config` prints: where gitlab-runner keeps sources and caches. */
export function customConfig(settings: SlurmSettings, version: string): unknown {
  return {
    driver: { name: 'slipway slurm', version },
    builds_dir: join(settings.folder, 'builds'),
    cache_dir: join(settings.folder, 'cache'),
    builds_dir_is_shared: true,
    shell: 'bash',
  };
}
