import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fixedFolder } from '../path-pattern.ts';
import { runnerError } from '../errors.ts';
import { removeTree } from './remove-tree.ts';
import type { ShellKeeper } from './shell-keeper.ts';
import type { Slot } from './slot.ts';
import { copyTree } from './tree-copy.ts';
import type { Tree } from './tree-copy.ts';
import type { WorkspaceMeans } from './workspace-means.ts';

/** One job's files, from before its first command until its artifacts are taken. */
export interface Workspace {
  /** Words before those of the job's shell. */
  readonly within: readonly string[];
  /** A folder in which this process can read what matches the patterns, and perhaps more. */
  readable(patterns: readonly string[]): Promise<string>;
  remove(): Promise<void>;
}

type WorkspacePlace = Pick<Slot, 'folder' | 'project' | 'keeper'>;

export interface WorkspaceContent {
  /** Whether the working copy's files come first. */
  readonly hasSources: boolean;
  /** Then what other jobs left, in order. */
  readonly inputs: readonly Tree[];
}

/** Makes the workspace of the next job of a slot. Nothing of the job before is left in it. */
export async function makeWorkspace(
  means: WorkspaceMeans,
  slot: WorkspacePlace,
  content: WorkspaceContent,
): Promise<Workspace> {
  if (means.kind === 'in-place') return { within: [], readable: async () => means.folder, remove: async () => {} };
  await removeTree(slot.folder);
  for (const name of ['home', 'tmp']) await mkdir(join(slot.folder, name), { recursive: true });
  return means.kind === 'overlay' ? overlay(means.snapshot, slot, content) : copied(means.snapshot, slot, content);
}

async function copied(
  snapshot: Tree,
  { folder, project }: WorkspacePlace,
  content: WorkspaceContent,
): Promise<Workspace> {
  await mkdir(project);
  if (content.hasSources) await copyTree(snapshot, project);
  for (const tree of content.inputs) await copyTree(tree, project);
  return { within: [], readable: async () => project, remove: () => removeTree(folder) };
}

/** What other jobs left lies in the upper layer from the start. */
async function overlay(
  snapshot: Tree,
  { folder, project, keeper }: WorkspacePlace,
  content: WorkspaceContent,
): Promise<Workspace> {
  const [lower, upper, work, out] = ['lower', 'upper', 'work', 'out'].map((name) => join(folder, name)) as Four;
  for (const one of [lower, upper, work, out, project]) await mkdir(one, { recursive: true });
  for (const tree of content.inputs) await copyTree(tree, upper);
  const layers = `lowerdir=${content.hasSources ? snapshot.folder : lower},upperdir=${upper},workdir=${work},userxattr`;
  await step(keeper, ['mount', '-t', 'overlay', '-o', layers, 'overlay', project]);
  return {
    within: ownIds(),
    readable: async (patterns) => {
      const starts = [...new Set(patterns.map((pattern) => fixedFolder(pattern) || '.'))];
      await step(keeper, ['sh', '-c', COPY_OUT, 'sh', project, out, ...starts]);
      return out;
    },
    remove: async () => {
      await step(keeper, ['umount', '-l', project]);
      await removeTree(folder);
    },
  };
}

type Four = [string, string, string, string];

const COPY_OUT =
  'cd "$1" && out=$2 && shift 2 && for path; do if [ -e "$path" ] || [ -L "$path" ]; then cp -a --parents -- "$path" "$out" || exit 1; fi; done';

/** In a user namespace the job would take itself for root; a second namespace gives it its own ids back. */
function ownIds(): readonly string[] {
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  return uid === 0 ? [] : ['unshare', '--user', `--map-user=${uid}`, `--map-group=${gid}`, '--'];
}

async function step(keeper: ShellKeeper, words: readonly string[]): Promise<void> {
  let output = '';
  const { exitCode } = await keeper.step({ words, onOutput: (bytes) => (output += bytes.toString()) });
  if (exitCode !== 0) throw runnerError('RUNNER_WORKSPACE_FAILED', { reason: output.trim() || words.join(' ') });
}
