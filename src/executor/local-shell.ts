import { join } from 'node:path';
import type { JobResponse } from '../protocol/index.ts';
import type { ContainerSettings } from './containers/container-settings.ts';
import type { JobNetwork } from './network/job-network.ts';
import { SlotNetwork } from './network/slot-network.ts';
import type { SandboxSettings } from './sandbox/sandbox.ts';
import { ContainerShell } from './shells/container-shell.ts';
import type { JobShell } from './shells/job-shell.ts';
import { KeptShell, type ShellJob } from './shells/kept-shell.ts';
import { SandboxedShell } from './shells/sandboxed-shell.ts';
import type { Slot } from './shells/slot.ts';

export interface LocalSandbox extends Pick<SandboxSettings, 'readable' | 'hidden'> {
  /** Returns folders that jobs write besides their own; `root` is the runner's. */
  readonly writable: (root: string) => readonly string[];
  /** All that jobs reach. Without it they reach what this machine reaches. */
  readonly network?: JobNetwork;
}

/** What containers of jobs have on the user's own machine. */
export interface LocalContainers extends Omit<ContainerSettings, 'writable' | 'path' | 'limits' | 'prepare'> {
  /** Returns folders that jobs write besides their own; `root` is the runner's. */
  readonly writable: (root: string) => readonly string[];
}

interface LocalShellOptions {
  readonly containers?: LocalContainers;
  readonly sandbox?: LocalSandbox;
  /** Folder of the runner. */
  readonly root: string;
  /** First on the PATH of jobs. */
  readonly path: string;
  /** In place: folder with `home` and `tmp` of jobs. */
  readonly home?: string;
  readonly grace: number;
}

interface LocalShellJob {
  readonly job: JobResponse;
  readonly shellJob: ShellJob;
  /** Words before those of a shell of this machine. */
  readonly within: readonly string[];
}

/** Returns the shell of a job: a container of the image that it names, a sandbox, or a shell of this machine. */
export function localShell({ job, shellJob, within }: LocalShellJob, options: LocalShellOptions): JobShell {
  const { containers, sandbox, root, path, grace, home: folder = shellJob.slot.folder } = options;
  if (containers !== undefined && job.image) {
    const { marker, project, isColoured } = shellJob;
    const readable = [...containers.readable, join(folder, 'files')];
    const settings = { ...containers, readable, writable: containers.writable(root), path };
    return new ContainerShell({ job, settings, marker, project, isColoured, folder, parent: root, grace });
  }
  if (sandbox === undefined) return new KeptShell(shellJob, within);
  const readable = [...sandbox.readable, path];
  const settings = { mode: 'always', ...sandbox, readable, writable: sandbox.writable(root) } as const;
  return new SandboxedShell(shellJob, { job, folder, sandbox: settings });
}

/** Returns the network of a job; undefined where it has that of this machine. */
export function localNetwork(
  { image }: JobResponse,
  slot: Slot,
  { containers }: Pick<LocalShellOptions, 'containers'>,
): SlotNetwork | undefined {
  if (containers === undefined || !image) return slot.network;
  return typeof containers.network === 'object' ? new SlotNetwork(containers.network) : undefined;
}
