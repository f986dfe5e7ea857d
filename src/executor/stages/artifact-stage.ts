import type { JobArtifact } from '../../protocol/index.ts';
import { selectArtifactFiles, type ArtifactSelection } from '../artifacts/artifact-files.ts';
import { JobFailure, explain, type JobOutcome } from '../job-outcome.ts';
import { yellow } from '../section.ts';
import { pathIn } from '../workspace/workspace.ts';
import { expandIn, stopIfEnded, type JobContext } from './job-context.ts';
import { listUntracked } from './untracked-files.ts';

/** Lays what other jobs left into the project, in order. */
export async function downloadStage(context: JobContext): Promise<void> {
  const { job, exchange, workspace, signal } = context;
  const { incoming } = workspace;
  const filled = job.dependencies.filter((dependency) => Boolean(dependency.artifacts_file?.filename));
  if (filled.length === 0 || incoming === undefined) return;
  await exchange.log.section('download_artifacts', 'Downloading artifacts', async () => {
    for (const dependency of filled) {
      stopIfEnded(context);
      // GitLab's runner reports a failed download as a failed script, and `retry:when` counts on it.
      await exchange.fetchArtifacts(dependency, incoming, signal).catch((error: unknown) => {
        throw new JobFailure('script_failure', explain(error), 1);
      });
    }
  });
}

/** Stores what the job left. What cannot be stored fails a job that has succeeded. */
export async function uploadStage(context: JobContext, outcome: JobOutcome): Promise<JobOutcome> {
  const { job, exchange, signal } = context;
  const isSuccess = outcome.state === 'success';
  const kept = job.artifacts.filter((artifact) => isStoredAfter(artifact, isSuccess));
  if (kept.length === 0) return outcome;
  const name = isSuccess ? 'upload_artifacts_on_success' : 'upload_artifacts_on_failure';
  return exchange.log.section(name, `Uploading artifacts for ${isSuccess ? 'successful' : 'failed'} job`, async () => {
    let result = outcome;
    for (const artifact of kept) {
      try {
        await store(artifact, context);
      } catch (error) {
        signal.throwIfAborted();
        exchange.log.print(yellow(`ERROR: ${explain(error)}`));
        if (isSuccess) result = { state: 'failed', reason: 'script_failure', exitCode: 1, message: explain(error) };
      }
    }
    return result;
  });
}

/** Whether an artifact is stored after this outcome of the script. */
function isStoredAfter({ when }: JobArtifact, isSuccess: boolean): boolean {
  return when === 'always' || (when === 'on_failure') !== isSuccess;
}

async function store(artifact: JobArtifact, context: JobContext): Promise<void> {
  const { exchange, workspace, signal } = context;
  exchange.log.report('Uploading artifacts...');
  const expand = expandIn(context);
  const expandAll = (paths: JobArtifact['paths']) =>
    (paths ?? []).map((path) => pathIn(workspace.project, expand(path)));
  const [paths, exclude] = [expandAll(artifact.paths), expandAll(artifact.exclude)];
  const untracked = artifact.untracked === true ? await listUntracked(context) : undefined;
  const folder = await workspace.readable([...paths, ...(untracked ?? [])]);
  const selection = await selectArtifactFiles(folder, paths, {
    exclude,
    ...(untracked === undefined ? {} : { untracked }),
  });
  logSelection(selection, context);
  if (selection.files.length === 0) return exchange.log.report(yellow('ERROR: No files to upload'));
  await exchange.storeArtifact(artifact, { folder, files: selection.files, signal, expand });
}

function logSelection({ found, left }: ArtifactSelection, { exchange, workspace }: JobContext): void {
  const { log } = exchange;
  const hint = `Ensure that the artifact path is relative to the working directory (${workspace.project})`;
  for (const { pattern, count } of found) {
    if (count > 0) log.report(`${pattern}: found ${count} matching artifact files and directories`);
    else log.print(yellow(`WARNING: ${pattern}: no matching files. ${hint}`));
  }
  for (const line of left) log.print(yellow(`WARNING: not uploaded: ${line}`));
}
