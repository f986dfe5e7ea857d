import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fixedFolder } from '../../kit/index.ts';
import { splitPaths } from '../artifacts/untracked-files.ts';
import { runnerError } from '../errors.ts';
import { removeTree } from './remove-tree.ts';
import type { ShellKeeper } from '../shells/shell-keeper.ts';
import type { Slot } from '../shells/slot.ts';
import { copyTree } from './tree-copy.ts';
import type { Tree } from './tree-copy.ts';
import type { WorkspaceMeans } from './workspace-means.ts';

/** One job's files, from before its first command until its artifacts are taken. */
export interface Workspace {
  /** Words before those of the job's shell. */
  readonly within: readonly string[];
  /** A folder in which this process can read what matches the patterns, and perhaps more. */
  readable(patterns: readonly string[]): Promise<string>;
  /** Paths of what git does not track, without the files that came from the working copy. */
  untracked(): Promise<readonly string[]>;
  remove(): Promise<void>;
}

type WorkspacePlace = Pick<Slot, 'folder' | 'project' | 'keeper'>;

export interface WorkspaceContent {
  /** Whether the working copy's files come first. */
  readonly hasSources: boolean;
  /** Runs in the project folder before anything is in it. */
  readonly beforeSources?: (within: Workspace['within']) => Promise<void>;
  /** Lays files over the sources, into the folder that it is given. */
  readonly restore?: (folder: string) => Promise<void>;
  /** Then what other jobs left, in order. */
  readonly inputs: readonly Tree[];
}

/** Makes the workspace of the next job of a slot. Nothing of the job before is left in it. */
export async function makeWorkspace(
  means: WorkspaceMeans,
  slot: WorkspacePlace,
  content: WorkspaceContent,
): Promise<Workspace> {
  if (means.kind === 'in-place') {
    await content.beforeSources?.([]);
    return { within: [], readable: async () => means.folder, untracked: async () => [], remove: async () => {} };
  }
  await removeTree(slot.folder);
  for (const name of ['home', 'tmp']) await mkdir(join(slot.folder, name), { recursive: true });
  return means.kind === 'overlay' ? overlay(means.snapshot, slot, content) : copied(means.snapshot, slot, content);
}

async function copied(
  snapshot: Tree,
  { folder, project, keeper }: WorkspacePlace,
  content: WorkspaceContent,
): Promise<Workspace> {
  await mkdir(project);
  await content.beforeSources?.([]);
  if (content.hasSources) await copyTree(snapshot, project);
  await content.restore?.(project);
  for (const tree of content.inputs) await copyTree(tree, project);
  return {
    within: [],
    readable: async () => project,
    untracked: () => untrackedBeside(snapshot, keeper, project),
    remove: () => removeTree(folder),
  };
}

/** What other jobs left lies in the upper layer from the start. */
async function overlay(
  snapshot: Tree,
  { folder, project, keeper }: WorkspacePlace,
  content: WorkspaceContent,
): Promise<Workspace> {
  const [lower, upper, work, out] = ['lower', 'upper', 'work', 'out'].map((name) => join(folder, name)) as Four;
  for (const one of [lower, upper, work, out, project]) await mkdir(one, { recursive: true });
  const within = ownIds();
  const mount = (under: string) => {
    const layers = `lowerdir=${under},upperdir=${upper},workdir=${work},userxattr`;
    return step(keeper, ['mount', '-t', 'overlay', '-o', layers, 'overlay', project]);
  };
  if (content.beforeSources !== undefined) {
    await mount(lower);
    await content.beforeSources(within);
    await step(keeper, ['umount', '-l', project]);
  }
  await content.restore?.(upper);
  for (const tree of content.inputs) await copyTree(tree, upper);
  await mount(content.hasSources ? snapshot.folder : lower);
  return {
    within,
    untracked: () => untrackedBeside(snapshot, keeper, project),
    readable: async (patterns) => {
      const starts = [...new Set(patterns.map((pattern) => fixedFolder(pattern) || '.'))];
      const few = starts.length > MANY ? ['.'] : starts;
      await step(keeper, ['sh', '-c', COPY_OUT, 'sh', project, out, ...few]);
      return out;
    },
    remove: async () => {
      await step(keeper, ['umount', '-l', project]);
      await removeTree(folder);
    },
  };
}

/** Of so many starts a command line is too long. */
const MANY = 1000;

type Four = [string, string, string, string];

const COPY_OUT =
  'cd "$1" && out=$2 && shift 2 && for path; do if [ -e "$path" ] || [ -L "$path" ]; then cp -a --parents -- "$path" "$out" || exit 1; fi; done';

/** In a user namespace the job would take itself for root; a second namespace gives it its own ids back. */
function ownIds(): readonly string[] {
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  return uid === 0 ? [] : ['unshare', '--user', `--map-user=${uid}`, `--map-group=${gid}`, '--'];
}

async function untrackedBeside(snapshot: Tree, keeper: ShellKeeper, project: string): Promise<readonly string[]> {
  const paths = splitPaths(await step(keeper, ['git', '-C', project, 'ls-files', '--others', '-z']));
  // What is not UTF-8 reads the same on both sides.
  const known = new Set([...snapshot.paths, ...(snapshot.rawPaths ?? []).map(String)]);
  return paths.filter((path) => !known.has(path));
}

/** Gives what the tool printed. */
async function step(keeper: ShellKeeper, words: readonly string[]): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const { exitCode } = await keeper.step({ words, onOutput: (bytes) => chunks.push(Buffer.from(bytes)) });
  const output = Buffer.concat(chunks);
  if (exitCode !== 0)
    throw runnerError('RUNNER_WORKSPACE_FAILED', { reason: output.toString().trim() || words.join(' ') });
  return output;
}
