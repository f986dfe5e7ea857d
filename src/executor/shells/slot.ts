import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MARKER_VARIABLE } from '../processes/marked-processes.ts';
import type { Shell } from './shell.ts';
import { slotEnvironment } from '../local/local-environment.ts';
import { ScriptFile } from './script-file.ts';
import { ShellKeeper } from './shell-keeper.ts';
import type { KeeperOptions } from './shell-keeper.ts';
import type { WorkspaceMeans } from '../workspace/workspace-means.ts';

const run = promisify(execFile);

type Texts = Readonly<Record<string, string>>;

export interface SlotOptions {
  readonly index: number;
  /** Folder for temporary files of the run. */
  readonly root: string;
  readonly means: WorkspaceMeans;
  readonly shell: Shell;
  readonly base: Readonly<Record<string, string | undefined>>;
  /** A folder put before the PATH. */
  readonly path: string;
  /** Shared variables of the first job: they are in the environment of its shells from the start. */
  readonly shared: Texts;
  /** What the marker of every job of the run begins with. */
  readonly marker: string;
}

/**
 * Marks the keepers of a run, and with them the shells that they start, until these have the marker of their jobs. It
 * is another one, since what ends jobs must leave keepers alone.
 */
export function keeperMarker(marker: string): string {
  return `keeper-${marker}`;
}

/** Makes what the keepers of these slots speak through, with one program for all: to be done before a slot is opened. */
export async function makeSlotPipes(root: string, indices: readonly number[]): Promise<void> {
  const pipes = indices.flatMap((index) => Object.values(pipesOf(folderOf(root, index))));
  await run('mkfifo', ['-m', '600', ...pipes]);
}

function folderOf(root: string, index: number): string {
  return join(root, 'slots', String(index));
}

function pipesOf(folder: string): KeeperOptions['pipes'] {
  return { commands: `${folder}.commands`, output: `${folder}.output` };
}

/** A place for one job at a time, with paths that are the same for its next job. */
export class Slot {
  readonly keeper: ShellKeeper;
  /** Its workspaces are made here. */
  readonly folder: string;
  /** Where commands start. */
  readonly project: string;
  readonly script: ScriptFile;
  /** What shells of this slot have in their environment before any script says more. */
  readonly environment: Texts;
  readonly #own: Texts;
  readonly #commons = new WeakMap<Texts, Texts>();

  constructor({ index, root, means, shell, base, path, shared, marker }: SlotOptions) {
    this.folder = folderOf(root, index);
    this.project = projectOf(means, { root, folder: this.folder });
    this.#own = slotEnvironment({ index, means, project: this.project, folder: this.folder, base, path });
    this.environment = { ...shared, ...this.#own };
    this.#commons.set(shared, this.environment);
    this.script = new ScriptFile(`${this.folder}.sh`);
    this.keeper = new ShellKeeper({
      shell,
      pipes: pipesOf(this.folder),
      environment: { ...this.environment, [MARKER_VARIABLE]: keeperMarker(marker) },
      script: this.script.path,
      within: means.kind === 'overlay' ? means.namespaces : [],
    });
  }

  /** The common layer of the environment of jobs that share these variables: the slot's very own for those of the first job. */
  commonFor(shared: Texts): Texts {
    const known = this.#commons.get(shared) ?? { ...shared, ...this.#own };
    this.#commons.set(shared, known);
    return known;
  }

  async close(): Promise<void> {
    await this.keeper.close();
    this.script.close();
  }
}

/** An overlay is mounted at one path for all slots, each in a namespace of its own. */
function projectOf(means: WorkspaceMeans, { root, folder }: { root: string; folder: string }): string {
  if (means.kind === 'in-place') return means.folder;
  return means.kind === 'overlay' ? join(root, 'project') : join(folder, 'project');
}
