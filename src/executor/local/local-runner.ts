import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { Wait } from '../../kit/index.ts';
import { systemWait } from '../../kit/index.ts';
import { findShell } from '../shells/shell.ts';
import type { Shell } from '../shells/shell.ts';
import { ArtifactShelf } from '../artifacts/artifact-shelf.ts';
import { LocalCaches } from './local-caches.ts';
import type { CacheFolderOptions } from '../caches/cache-folder.ts';
import type { LocalJob, LocalOutcome } from './local-job.ts';
import { LocalJobRun } from './local-job-run.ts';
import type { KeptSubmodules } from './local-job-run.ts';
import { endProcesses, killProcesses } from '../processes/process-endings.ts';
import { removeTree } from '../workspace/remove-tree.ts';
import { listSubmoduleFiles } from '../workspace/submodule-files.ts';
import type { SubmoduleStrategy } from '../workspace/submodules.ts';
import { Slot, keeperMarker, makeSlotPipes } from '../shells/slot.ts';
import { systemTimer } from './timer.ts';
import type { Timer } from './timer.ts';
import { copyManyPaths } from '../workspace/tree-copy.ts';
import type { Tree } from '../workspace/tree-copy.ts';
import { Watchdog } from '../processes/watchdog.ts';
import { chooseMeans } from '../workspace/workspace-means.ts';
import type { WorkspaceMeans } from '../workspace/workspace-means.ts';

export interface LocalRunnerOptions {
  readonly workingCopy: string;
  /** Folder in which the run makes one of its own. */
  readonly temporary: string;
  readonly isInPlace: boolean;
  /** Jobs at once. */
  readonly concurrency: number;
  /** The environment of whoever runs this, of which jobs get PATH, USER, LANG and TZ; in place also HOME and TMPDIR. */
  readonly base: Readonly<Record<string, string | undefined>>;
  readonly isColoured: boolean;
  /** Where caches of jobs are kept for the next run; without it none is. */
  readonly caches?: CacheFolderOptions & { readonly now: () => number };
  readonly wait?: Wait;
  readonly timer?: Timer;
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly grace?: number;
}

interface Parts {
  readonly root: string;
  readonly shell: Shell;
  readonly means: WorkspaceMeans;
  readonly marker: string;
  readonly watchdog: Watchdog;
}

/** Milliseconds. */
const GRACE = 3000;
const PATH = '/usr/local/bin:/usr/bin:/bin';

/**
 * Runs jobs in shells of this machine without any server, up to `concurrency` at once. `open` makes the folder for temporary
 * files; `close` ends every process of any job and removes it. If this process dies before, a watchdog does.
 */
export class LocalRunner {
  /** First on the PATH of jobs; empty at first. */
  readonly programs: string;
  readonly root: string;
  readonly shelf: ArtifactShelf;
  readonly means: WorkspaceMeans;
  readonly #options: LocalRunnerOptions;
  readonly #shell: Shell;
  readonly #caches: LocalCaches | undefined;
  readonly #marker: string;
  readonly #watchdog: Watchdog;
  readonly #free: Slot[] = [];
  readonly #slots: Slot[] = [];
  #opened = 0;
  readonly #busy = new Set<Slot>();
  readonly #submodules = new Map<SubmoduleStrategy, Promise<KeptSubmodules>>();
  readonly #wait: Wait;
  readonly #grace: number;

  private constructor(options: LocalRunnerOptions, parts: Parts) {
    this.#options = options;
    this.root = parts.root;
    this.programs = join(parts.root, 'bin');
    this.means = parts.means;
    this.#shell = parts.shell;
    this.#marker = parts.marker;
    this.#watchdog = parts.watchdog;
    this.shelf = new ArtifactShelf(join(parts.root, 'artifacts'));
    const { caches, workingCopy, isInPlace } = options;
    this.#caches = caches === undefined || isInPlace ? undefined : new LocalCaches({ ...caches, workingCopy });
    this.#wait = options.wait ?? systemWait;
    this.#grace = options.grace ?? GRACE;
  }

  static async open(options: LocalRunnerOptions): Promise<LocalRunner> {
    const path = options.base['PATH'] ?? PATH;
    const shell = await findShell(path);
    const root = await realpath(await mkdtemp(join(options.temporary, 'slipway-run-')));
    const marker = randomBytes(8).toString('hex');
    const watchdog = new Watchdog({ root, marker, grace: options.grace ?? GRACE, path });
    try {
      const { workingCopy, isInPlace, concurrency } = options;
      const means = await chooseMeans({ workingCopy, root, isInPlace });
      for (const name of ['slots', 'bin']) await mkdir(join(root, name));
      await makeSlotPipes(root, [...Array(concurrency).keys()]);
      return new LocalRunner(options, { root, shell, means, marker, watchdog });
    } catch (error) {
      await removeTree(root);
      watchdog.dismiss();
      throw error;
    }
  }

  /** What a job left, for whoever wants to read it; in place the working copy itself. */
  filesOf(job: string): Tree | undefined {
    return this.means.kind === 'in-place' ? { folder: this.means.folder, paths: [] } : this.shelf.tree(job);
  }

  /** Runs a job to its end, after_script and artifacts included. Aborting the signal ends its script, not what comes after. */
  async run(job: LocalJob, signal: AbortSignal): Promise<LocalOutcome> {
    const slot = this.#free.pop() ?? (await this.#openSlot(job.shared));
    this.#busy.add(slot);
    try {
      return await new LocalJobRun(job, this.#settings(slot)).run(signal);
    } finally {
      this.#release(slot);
    }
  }

  /** Kills all processes of all jobs and removes their files, at once and without waiting: for the moment before this process ends itself. */
  killAll(): void {
    const groups = [...this.#busy].flatMap(({ keeper }) => keeper.group ?? []);
    for (const { keeper } of this.#slots) keeper.kill();
    // A shell that its keeper had only just started is in no group that is known, and has the keeper's marker.
    const isQuiet = killProcesses(groups, [this.#marker, keeperMarker(this.#marker)]);
    try {
      rmSync(this.root, { recursive: true, force: true, maxRetries: 3 });
      if (isQuiet) this.#watchdog.kill();
    } catch {
      // The watchdog removes what is left.
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#slots.map((slot) => slot.close()));
    await endProcesses({ marker: this.#marker }, { wait: this.#wait, grace: this.#grace });
    await removeTree(this.root);
    this.#watchdog.dismiss();
  }

  /** Copied when the first job asks for them: most never do. */
  #submodulesFor(strategy: SubmoduleStrategy): Promise<KeptSubmodules> {
    const known = this.#submodules.get(strategy) ?? this.#keepSubmodules(strategy);
    this.#submodules.set(strategy, known);
    return known;
  }

  async #keepSubmodules(strategy: SubmoduleStrategy): Promise<KeptSubmodules> {
    const { workingCopy, isInPlace } = this.#options;
    const folder = join(this.root, `submodules-${strategy}`);
    if (isInPlace) return { tree: { folder, paths: [] }, missing: [] };
    const { missing, ...files } = await listSubmoduleFiles(workingCopy, strategy);
    await copyManyPaths({ folder: workingCopy, ...files }, folder);
    return { tree: { folder, ...files }, missing };
  }

  #settings(slot: Slot) {
    const times = { wait: this.#wait, grace: this.#grace, timer: this.#options.timer ?? systemTimer };
    const { isColoured } = this.#options;
    return {
      ...times,
      slot,
      shelf: this.shelf,
      means: this.means,
      ...(this.#caches === undefined ? {} : { caches: this.#caches }),
      submodules: (strategy: SubmoduleStrategy) => this.#submodulesFor(strategy),
      shell: this.#shell,
      isColoured,
      marker: this.#marker,
    };
  }

  /** There are more than run at once only where a slot was lost. */
  async #openSlot(shared: LocalJob['shared']): Promise<Slot> {
    const { root, means, programs: path } = this;
    const { base, concurrency } = this.#options;
    const index = this.#opened;
    this.#opened += 1;
    if (index >= concurrency) await makeSlotPipes(root, [index]);
    const slot = new Slot({ index, root, means, shell: this.#shell, base, path, shared, marker: this.#marker });
    this.#slots.push(slot);
    return slot;
  }

  /** A slot whose keeper is gone is not used again, nor is its pipe, which a stray process may still hold. */
  #release(slot: Slot): void {
    this.#busy.delete(slot);
    if (slot.keeper.isAlive) this.#free.push(slot);
  }
}
