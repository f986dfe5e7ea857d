import type { JobArtifact, JobDependency, JobResponse, PhaseUsage } from '../../protocol/index.ts';
import type { ArtifactFile } from '../artifacts/artifact-files.ts';
import type { Environment, JobShell } from '../shells/job-shell.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { JobLog } from './job-log.ts';

export interface ArtifactContent {
  /** Folder that holds the files. */
  readonly folder: string;
  /** At least one. */
  readonly files: readonly ArtifactFile[];
  readonly signal: AbortSignal;
  /** Expands variables of the job. */
  readonly expand: (text: string) => string;
}

export interface SourceRequest {
  readonly job: JobResponse;
  readonly shell: JobShell;
  readonly workspace: Workspace;
  readonly environment: Environment;
  /** Aborted when the job no longer needs its sources. */
  readonly signal: AbortSignal;
}

/**
 * Where a job comes from and where its results go. The executor calls it in the order of a job's stages, one call at a
 * time; a call that fails, fails the job.
 */
export interface Exchange {
  readonly log: JobLog;
  /** Aborted when the script must end; after_script and artifacts still follow. */
  readonly canceled: AbortSignal;
  /** Aborted when the whole job must end at once, and its outcome does not matter. */
  readonly abandoned: AbortSignal;
  /** Lays the job's sources into its workspace. */
  fetchSources(request: SourceRequest): Promise<void>;
  /** Lays the archive of another job into a folder. */
  fetchArtifacts(dependency: JobDependency, folder: string, signal: AbortSignal): Promise<void>;
  /** Receives what a script of the job used. Absent: nothing is measured. */
  readonly onUsage?: (usage: PhaseUsage) => void;
  /** Stores one archive or report of the job. */
  storeArtifact(artifact: JobArtifact, content: ArtifactContent): Promise<void>;
}
