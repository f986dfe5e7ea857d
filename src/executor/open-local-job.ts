import { join } from 'node:path';
import type { JobResponse } from '../protocol/index.ts';
import { baseEnvironment, makeJobEnvironment } from './job-environment.ts';
import { jobMarker } from './job-marker.ts';
import { localNetwork, localShell, type LocalContainers, type LocalSandbox } from './local-shell.ts';
import type { Environment } from './shells/job-shell.ts';
import type { Slot } from './shells/slot.ts';
import type { JobContext } from './stages/job-context.ts';
import type { WorkspaceMeans } from './workspace/workspace-means.ts';
import { inPlace, overlay, ownFolder, type Workspace } from './workspace/workspace.ts';

/** How jobs of a local runner run. */
export interface LocalJobSettings {
  readonly workingCopy: string;
  /** In place: folder with `home` and `tmp` of jobs. By default they have those of `base`. */
  readonly home?: string;
  /** Jobs that name an image run in a container of it. */
  readonly containers?: LocalContainers;
  /** All other jobs run in a sandbox. */
  readonly sandbox?: LocalSandbox;
  /** The environment of this process, of which jobs get PATH, USER, LANG and TZ. */
  readonly base: Readonly<Record<string, string | undefined>>;
  readonly isColoured: boolean;
}

interface LocalPlace extends LocalJobSettings {
  /** Folder of the runner. */
  readonly root: string;
  readonly means: WorkspaceMeans;
  readonly marker: string;
  /** First on the PATH of jobs. */
  readonly path: string;
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly grace: number;
}

type OpenedJob = Pick<JobContext, 'environment' | 'workspace' | 'shell'>;

/** Makes the environment, the workspace and the shell of a job in a slot, and starts the slot's keeper. */
export async function openLocalJob(job: JobResponse, slot: Slot, place: LocalPlace): Promise<OpenedJob> {
  const { base, home, isColoured, path, means, marker } = place;
  const project = projectOf(slot, place);
  const isAtHome = means.kind === 'in-place' && home === undefined;
  const own = await makeJobEnvironment(job, {
    folder: home ?? slot.folder,
    project,
    index: slot.index,
    base,
    kept: isAtHome ? ['HOME', 'TMPDIR'] : [],
    path,
  });
  const environment = localNetwork(job, slot, place)?.extend(own) ?? own;
  slot.start(keeperEnvironment(environment, slot, place));
  const workspace = await workspaceOf(slot, project, means);
  const shellJob = { slot, marker: jobMarker(marker, job.id), project, isColoured };
  return { environment, workspace, shell: localShell({ job, shellJob, within: workspace.within }, place) };
}

/** An overlay is mounted at one path for all slots, each in a namespace of its own. */
function projectOf(slot: Slot, { means, root, workingCopy }: LocalPlace): string {
  if (means.kind === 'in-place') return workingCopy;
  return means.kind === 'overlay' ? join(root, 'project') : join(slot.folder, 'project');
}

/** What builds a sandbox or a container sees nothing of the job. */
function keeperEnvironment(job: Environment, { network }: Slot, place: LocalPlace): Environment {
  const { containers, sandbox, base, path } = place;
  if (sandbox === undefined && containers === undefined) return job;
  const own = baseEnvironment({ base, path });
  return network?.extend(own) ?? own;
}

function workspaceOf(slot: Slot, project: string, { kind }: WorkspaceMeans): Promise<Workspace> | Workspace {
  if (kind === 'in-place') return inPlace(project);
  return kind === 'overlay' ? overlay(slot, project) : ownFolder(slot);
}
