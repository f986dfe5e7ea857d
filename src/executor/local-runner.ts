import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTree, systemClock, systemWait, type Clock, type Wait } from '../kit/index.ts';
import type { JobResponse } from '../protocol/index.ts';
import { ArtifactStore } from './artifacts/artifact-store.ts';
import { CacheFolder, type CacheFolderOptions } from './caches/cache-folder.ts';
import { JobLog } from './exchange/job-log.ts';
import { LocalExchange } from './exchange/local-exchange.ts';
import { newMarker } from './job-marker.ts';
import type { JobOutcome } from './job-outcome.ts';
import { secretsOf } from './job-secrets.ts';
import { namespaceFor, NO_NAMESPACE } from './network/network-namespace.ts';
import { endJobProcesses } from './processes/job-processes.ts';
import { killProcesses } from './processes/kill-processes.ts';
import { Watchdog } from './processes/watchdog.ts';
import { runJob } from './run-job.ts';
import { yellow } from './section.ts';
import { findShell } from './shells/shell.ts';
import type { LocalSandbox } from './local-shell.ts';
import { openLocalJob, type LocalJobSettings } from './open-local-job.ts';
import { keeperMarker, type Slot, type SlotOptions } from './shells/slot.ts';
import { Slots } from './shells/slots.ts';
import { SubmoduleCopies } from './workspace/submodule-copies.ts';
import type { Tree } from './workspace/tree-copy.ts';
import { chooseMeans, type WorkspaceMeans } from './workspace/workspace-means.ts';

export interface LocalRunnerOptions extends LocalJobSettings {
  /** Folder in which the runner makes one of its own. */
  readonly temporary: string;
  readonly isInPlace: boolean;
  /** Jobs at once. */
  readonly concurrency: number;
  /** First on the PATH of jobs; by default `programs`. */
  readonly path?: string;
  /** Where caches of jobs are kept for the next run; without it none is. */
  readonly caches?: CacheFolderOptions;
  readonly clock?: Clock;
  readonly wait?: Wait;
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly grace?: number;
}

interface LocalJobOptions {
  /** Aborting it ends the script, not what comes after. */
  readonly signal: AbortSignal;
  /** Receives the job's log as it comes. */
  readonly onOutput: (bytes: Buffer) => void;
}

interface LocalOutcome {
  readonly outcome: JobOutcome;
  /** What the job's dotenv reports say. */
  readonly dotenv: Readonly<Record<string, string>>;
}

interface Parts {
  readonly root: string;
  readonly slots: Slots;
  readonly means: WorkspaceMeans;
  readonly marker: string;
  readonly watchdog: Watchdog;
}

/** Milliseconds. */
const GRACE = 3000;
const PATH = '/usr/local/bin:/usr/bin:/bin';
/** Bytes that an archive may have when unpacked. */
const LARGEST = 20 * 1024 ** 3;

/**
 * Runs jobs in shells of this machine without any server, up to `concurrency` at once. `open` makes the folder for
 * temporary files; `close` ends every process of any job and removes it. If this process dies before, a watchdog does.
 */
export class LocalRunner {
  /** First on the PATH of jobs; empty at first. */
  readonly programs: string;
  readonly root: string;
  readonly #options: LocalRunnerOptions;
  readonly #parts: Parts;
  readonly #store: ArtifactStore;
  readonly #caches: CacheFolder | undefined;
  readonly #submodules: SubmoduleCopies;
  readonly #clock: Clock;
  readonly #wait: Wait;

  private constructor(options: LocalRunnerOptions, parts: Parts) {
    // Variables of this process are read from the system one by one, so they are copied once.
    this.#options = { ...options, base: { ...options.base } };
    this.#parts = parts;
    this.root = parts.root;
    this.programs = join(parts.root, 'bin');
    this.#submodules = new SubmoduleCopies(options.workingCopy, parts.root);
    this.#store = new ArtifactStore(join(parts.root, 'artifacts'));
    const { caches, clock = systemClock, wait = systemWait } = options;
    this.#caches = caches === undefined ? undefined : new CacheFolder(caches);
    this.#clock = clock;
    this.#wait = wait;
  }

  static async open(options: LocalRunnerOptions): Promise<LocalRunner> {
    const { workingCopy, isInPlace, concurrency, base, grace = GRACE, wait = systemWait } = options;
    const path = base['PATH'] ?? PATH;
    const shell = await findShell(path);
    const root = await realpath(await mkdtemp(join(options.temporary, 'slipway-run-')));
    const marker = newMarker();
    const watchdog = new Watchdog({ root, marker, grace, path, containers: options.containers });
    try {
      const means = isInPlace
        ? ({ kind: 'in-place' } as const)
        : await chooseMeans(workingCopy, root, options.sandbox !== undefined || options.containers !== undefined);
      const folder = join(root, 'slots');
      for (const one of [folder, join(root, 'bin')]) await mkdir(one);
      const around = await surroundings(means, options.sandbox);
      const slots = await Slots.open({ folder, shell, ...around, marker, wait, grace, concurrency });
      return new LocalRunner(options, { root, slots, means, marker, watchdog });
    } catch (error) {
      await removeTree(root);
      watchdog.dismiss();
      throw error;
    }
  }

  /** Returns the folder with what a job left; in place the working copy itself. */
  filesOf(job: number): Tree | undefined {
    const { workingCopy, isInPlace } = this.#options;
    return isInPlace ? { folder: workingCopy, paths: [] } : this.#store.tree(job);
  }

  /** Runs a job to its end, after_script and artifacts included. */
  async run(response: JobResponse, options: LocalJobOptions): Promise<LocalOutcome> {
    const { slots, means, marker } = this.#parts;
    const { path = this.programs, grace = GRACE } = this.#options;
    const place = { root: this.root, means, marker, path, grace };
    const job = means.kind === 'in-place' ? withoutArchives(response) : response;
    const slot = await slots.take();
    try {
      const exchange = new LocalExchange({
        job: job.id,
        log: this.#logOf(job, options),
        canceled: options.signal,
        store: this.#store,
        ...(means.kind === 'in-place' ? {} : { sources: means.snapshot }),
        submodules: (strategy) => this.#submodules.get(strategy),
      });
      const outcome = await runJob(job, {
        exchange,
        ...(this.#caches === undefined ? {} : { caches: { folder: this.#caches, scope: this.#options.workingCopy } }),
        clock: this.#clock,
        wait: this.#wait,
        maxBytes: LARGEST,
        open: () => openLocalJob(job, slot, { ...this.#options, ...place }),
      }).finally(connect(slot, job, exchange.log));
      exchange.log.end();
      return { outcome, dotenv: exchange.dotenv };
    } finally {
      slots.release(slot);
    }
  }

  /** Kills all processes of all jobs and removes their files at once: for the moment before this process ends. */
  killAll(): void {
    const { slots, marker, watchdog } = this.#parts;
    // A shell that its keeper had only just started is in no group that is known, and has the keeper's marker.
    const isQuiet = killProcesses(slots.kill(), [marker, keeperMarker(marker)]);
    try {
      rmSync(this.root, { recursive: true, force: true, maxRetries: 3 });
      // It removes containers.
      if (isQuiet && this.#options.containers === undefined) watchdog.kill();
    } catch {
      // The watchdog removes what is left.
    }
  }

  async close(): Promise<void> {
    const { slots, marker, watchdog } = this.#parts;
    await slots.close();
    await endJobProcesses({ marker, isPrefix: true }, { wait: this.#wait, grace: this.#options.grace ?? GRACE });
    await removeTree(this.root);
    watchdog.dismiss();
  }

  #logOf(job: JobResponse, { onOutput }: LocalJobOptions): JobLog {
    return new JobLog({ write: onOutput, secrets: secretsOf(job), isDetailed: false, clock: this.#clock });
  }
}

/** In place, what a job leaves is where the next one finds it. */
function withoutArchives(job: JobResponse): JobResponse {
  return { ...job, artifacts: job.artifacts.filter(({ artifact_type: type }) => type !== 'archive') };
}

/** Slots whose jobs have a network are in a namespace for it; others are where the means of their workspaces need. */
async function surroundings(
  means: WorkspaceMeans,
  sandbox: LocalSandbox | undefined,
): Promise<Pick<SlotOptions, 'within' | 'network'>> {
  if (sandbox?.network === undefined) return { within: means.kind === 'overlay' ? means.namespaces : [] };
  const within = await namespaceFor(sandbox.network);
  if (within === undefined) throw new Error(NO_NAMESPACE);
  return { within, network: sandbox.network };
}

/** Makes connections of the slot the job's. Returns what ends them. */
function connect({ network }: Slot, { id, trust, job_info: info }: JobResponse, log: JobLog): () => void {
  network?.enter({ id, trust, project: info.project_name, print: (line) => log.print(yellow(`WARNING: ${line}`)) });
  return () => network?.leave();
}
