import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { selectArtifactFiles } from '../artifacts/artifact-files.ts';
import type { ArtifactSelection } from '../artifacts/artifact-files.ts';
import { expandOnce } from '../job-environment.ts';
import { yellow } from '../section.ts';
import type { ArtifactShelf } from '../artifacts/artifact-shelf.ts';
import { lookupIn } from './local-environment.ts';
import type { LocalEnvironment } from './local-environment.ts';
import type { LocalArtifacts, LocalOutcome } from './local-job.ts';
import { readDotenv } from '../../kit/index.ts';
import type { Workspace } from '../workspace/workspace.ts';

export interface ArtifactJob {
  readonly id: string;
  readonly artifacts: LocalArtifacts;
  readonly outcome: LocalOutcome;
  readonly workspace: Workspace;
  /** The project's folder as the job saw it. */
  readonly project: string;
  readonly environment: LocalEnvironment;
  /** Absent in place: what a job leaves is where the next one finds it. */
  readonly shelf?: ArtifactShelf;
  /** Writes a line to the job's log. */
  readonly say: (line: string) => void;
}

const EVERYWHERE = '.';

/** Keeps a job's archive, as far as its outcome lets it be taken, and reads its dotenv report, which is taken always. */
export async function takeArtifacts(job: ArtifactJob): Promise<LocalOutcome> {
  const { artifacts, outcome, shelf, workspace, project, environment, say } = job;
  const expand = (paths: readonly string[]) => paths.map((path) => expandOnce(path, lookupIn(environment)));
  const hasArchive = artifacts.when === 'always' || (artifacts.when === 'on_success') === (outcome.state === 'success');
  const [paths, exclude, reports] = [
    hasArchive ? expand(artifacts.paths) : [],
    expand(artifacts.exclude),
    expand(artifacts.dotenv),
  ];
  const isUntracked = hasArchive && artifacts.untracked && shelf !== undefined;
  const untracked = isUntracked ? await workspace.untracked() : undefined;
  const patterns = [...paths, ...reports].map((pattern) => relativeTo(project, pattern));
  if (patterns.length === 0 && untracked === undefined) return outcome;
  const folder = await workspace.readable([...patterns, ...(untracked ?? [])]);
  if (shelf !== undefined && (paths.length > 0 || untracked !== undefined)) {
    const inside = paths.map((path) => relativeTo(project, path));
    const rest = untracked === undefined ? { exclude } : { exclude, untracked };
    report(await shelf.put(job.id, folder, { paths: inside, ...rest }), { say, project });
  }
  return readReports(folder, reports, job);
}

/** Patterns are given to whoever reads another folder than the job saw. */
export function relativeTo(project: string, pattern: string): string {
  if (pattern === project) return EVERYWHERE;
  return pattern.startsWith(`${project}/`) ? pattern.slice(project.length + 1) : pattern;
}

/** A report that cannot be read fails a job that has succeeded, as the server's refusal does on a runner. */
async function readReports(folder: string, patterns: readonly string[], job: ArtifactJob): Promise<LocalOutcome> {
  const { outcome, say } = job;
  if (patterns.length === 0) return outcome;
  const { files } = await selectArtifactFiles(folder, patterns);
  const dotenv: Record<string, string> = {};
  for (const { path, kind } of files) {
    if (kind !== 'file') continue;
    const { variables, fault } = readDotenv(await readFile(join(folder, path), 'utf8'));
    if (fault !== undefined) {
      say(`ERROR: ${path}: ${fault}`);
      return outcome.state === 'success'
        ? { state: 'failed', reason: 'script_failure', exitCode: 1, dotenv: {} }
        : outcome;
    }
    Object.assign(dotenv, variables);
  }
  if (files.length === 0) say(yellow(`WARNING: ${patterns.join(', ')}: no matching files`));
  return { ...outcome, dotenv };
}

function report(
  selection: ArtifactSelection,
  { say, project }: { say: (line: string) => void; project: string },
): void {
  for (const { pattern, count } of selection.found)
    if (count === 0)
      say(
        yellow(
          `WARNING: ${pattern}: no matching files. Ensure that the artifact path is relative to the working directory (${project})`,
        ),
      );
  for (const line of selection.left) say(yellow(`WARNING: not kept: ${line}`));
}
