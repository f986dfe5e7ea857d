import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTree, systemClock, systemWait, type Clock, type Wait } from '../kit/index.ts';
import type { JobResponse } from '../protocol/index.ts';
import { ArtifactStore } from './artifacts/artifact-store.ts';
import { CacheFolder, type CacheFolderOptions } from './caches/cache-folder.ts';
import { JobLog } from './exchange/job-log.ts';
import { LocalExchange, type LocalSubmodules } from './exchange/local-exchange.ts';
import { baseEnvironment, makeJobEnvironment } from './job-environment.ts';
import { jobMarker, newMarker } from './job-marker.ts';
import type { JobOutcome } from './job-outcome.ts';
import { secretsOf } from './job-secrets.ts';
import { namespaceFor, NO_NAMESPACE } from './network/network-namespace.ts';
import { endJobProcesses } from './processes/job-processes.ts';
import { killProcesses } from './processes/kill-processes.ts';
import { Watchdog } from './processes/watchdog.ts';
import { runJob } from './run-job.ts';
import { yellow } from './section.ts';
import type { Environment } from './shells/job-shell.ts';
import { findShell } from './shells/shell.ts';
import { localNetwork, localShell, type LocalContainers, type LocalSandbox } from './local-shell.ts';
import { keeperMarker, type Slot, type SlotOptions } from './shells/slot.ts';
import { Slots } from './shells/slots.ts';
import { listSubmoduleFiles } from './workspace/submodule-files.ts';
import type { SubmoduleStrategy } from './workspace/submodules.ts';
import { copyManyPaths, type Tree } from './workspace/tree-copy.ts';
import { chooseMeans, type WorkspaceMeans } from './workspace/workspace-means.ts';
import { inPlace, overlay, ownFolder, type Workspace } from './workspace/workspace.ts';

export interface LocalRunnerOptions {
  readonly workingCopy: string;
  /** Folder in which the runner makes one of its own. */
  readonly temporary: string;
  readonly isInPlace: boolean;
  /** In place: folder with `home` and `tmp` of jobs. By default they have those of `base`. */
  readonly home?: string;
  /** Jobs that name an image run in a container of it. */
  readonly containers?: LocalContainers;
  /** All other jobs run in a sandbox. */
  readonly sandbox?: LocalSandbox;
  /** Jobs at once. */
  readonly concurrency: number;
  /** The environment of this process, of which jobs get PATH, USER, LANG and TZ. */
  readonly base: Readonly<Record<string, string | undefined>>;
  /** First on the PATH of jobs; by default `programs`. */
  readonly path?: string;
  readonly isColoured: boolean;
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
  readonly #submodules = new Map<SubmoduleStrategy, Promise<LocalSubmodules>>();
  readonly #clock: Clock;
  readonly #wait: Wait;

  private constructor(options: LocalRunnerOptions, parts: Parts) {
    // Variables of this process are read from the system one by one, so they are copied once.
    this.#options = { ...options, base: { ...options.base } };
    this.#parts = parts;
    this.root = parts.root;
    this.programs = join(parts.root, 'bin');
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
    const { slots, means } = this.#parts;
    const job = means.kind === 'in-place' ? withoutArchives(response) : response;
    const slot = await slots.take();
    try {
      const exchange = new LocalExchange({
        job: job.id,
        log: this.#logOf(job, options),
        canceled: options.signal,
        store: this.#store,
        ...(means.kind === 'in-place' ? {} : { sources: means.snapshot }),
        submodules: (strategy) => this.#submodulesFor(strategy),
      });
      const outcome = await runJob(job, {
        exchange,
        ...(this.#caches === undefined ? {} : { caches: { folder: this.#caches, scope: this.#options.workingCopy } }),
        clock: this.#clock,
        wait: this.#wait,
        maxBytes: LARGEST,
        open: () => this.#open(job, slot),
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

  async #open(job: JobResponse, slot: Slot) {
    const { base, home, isColoured, path = this.programs } = this.#options;
    const { means, marker } = this.#parts;
    const project = this.#projectOf(slot);
    const isAtHome = means.kind === 'in-place' && home === undefined;
    const own = await makeJobEnvironment(job, {
      folder: home ?? slot.folder,
      project,
      index: slot.index,
      base,
      kept: isAtHome ? ['HOME', 'TMPDIR'] : [],
      path,
    });
    const environment = localNetwork(job, slot, this.#options)?.extend(own) ?? own;
    slot.start(this.#keeperEnvironment(environment, slot));
    const workspace = await this.#workspace(slot, project);
    const shellJob = { slot, marker: jobMarker(marker, job.id), project, isColoured };
    const options = { ...this.#options, path, root: this.root, grace: this.#options.grace ?? GRACE };
    return { environment, workspace, shell: localShell({ job, shellJob, within: workspace.within }, options) };
  }

  /** What builds a sandbox or a container sees nothing of the job. */
  #keeperEnvironment(job: Environment, { network }: Slot): Environment {
    const { containers, sandbox, base, path = this.programs } = this.#options;
    if (sandbox === undefined && containers === undefined) return job;
    const own = baseEnvironment({ base, path });
    return network?.extend(own) ?? own;
  }

  /** An overlay is mounted at one path for all slots, each in a namespace of its own. */
  #projectOf(slot: Slot): string {
    const { means, root } = this.#parts;
    if (means.kind === 'in-place') return this.#options.workingCopy;
    return means.kind === 'overlay' ? join(root, 'project') : join(slot.folder, 'project');
  }

  #workspace(slot: Slot, project: string): Promise<Workspace> | Workspace {
    const { kind } = this.#parts.means;
    if (kind === 'in-place') return inPlace(project);
    return kind === 'overlay' ? overlay(slot, project) : ownFolder(slot);
  }

  /** Copied when the first job asks for them: most never do. */
  #submodulesFor(strategy: SubmoduleStrategy): Promise<LocalSubmodules> {
    const known = this.#submodules.get(strategy) ?? this.#copySubmodules(strategy);
    this.#submodules.set(strategy, known);
    return known;
  }

  async #copySubmodules(strategy: SubmoduleStrategy): Promise<LocalSubmodules> {
    const { workingCopy } = this.#options;
    const folder = join(this.root, `submodules-${strategy}`);
    const { missing, ...files } = await listSubmoduleFiles(workingCopy, strategy);
    await copyManyPaths({ folder: workingCopy, ...files }, folder);
    return { tree: { folder, ...files }, missing };
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
