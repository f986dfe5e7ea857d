import { join } from 'node:path';
import type { DataFiles, JobArchives, PipelineRecords } from '../context.ts';
import type { ArtifactRecord } from '../pipeline-ledger.ts';

const LARGEST_TEXT = 50_000_000;

/** Absolute path of an artifact's file. */
export function artifactPath(context: DataFiles, artifact: ArtifactRecord): string {
  return join(context.folder.root, artifact.file);
}

/** A file's bytes out of the archive that a job run left; `undefined` without archive or file. */
export async function readArchived(context: JobArchives, run: string, name: string): Promise<Buffer | undefined> {
  const archive = archiveOf(context, run);
  if (archive === undefined) return undefined;
  const path = artifactPath(context, archive);
  const entry = name.replace(/^\.?\//, '');
  if ((await context.archives.find(path, (one) => one === entry)) === undefined) return undefined;
  return context.archives.read(path, entry, Math.max(LARGEST_TEXT, context.configuration.limits.pipelineBytes));
}

/** The names of the files in a job's archive that end with these path parts. */
export async function findAllArchived(context: JobArchives, run: string, ending: string): Promise<readonly string[]> {
  const archive = archiveOf(context, run);
  if (archive === undefined) return [];
  const names: string[] = [];
  await context.archives.find(artifactPath(context, archive), (name) => {
    if (name === ending || name.endsWith(`/${ending}`)) names.push(name);
    return false;
  });
  return names;
}

export function archiveOf(context: PipelineRecords, run: string): ArtifactRecord | undefined {
  return context.pipelines.artifacts(run).find(({ type }) => type === 'archive');
}
