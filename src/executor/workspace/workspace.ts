import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fixedFolder, removeTree } from '../../kit/index.ts';
import { runnerError } from '../errors.ts';
import type { Slot } from '../shells/slot.ts';
import { copyTree, type Tree } from './tree-copy.ts';

/**
 * One job's files. First what comes before the sources runs (`runEmpty`), then the sources are laid, then other files
 * into `incoming`, then `open` shows all of them at `project`; `remove` is last.
 */
export interface Workspace {
  /** The project folder as the job sees it. */
  readonly project: string;
  /** Words before those of the job's shell. */
  readonly within: readonly string[];
  /** Folder into which this process lays files before `open`. Absent where the job works in place. */
  readonly incoming?: string;
  /** Runs work in the project folder while it is empty. */
  runEmpty(work: () => Promise<void>): Promise<void>;
  laySources(tree: Tree): Promise<void>;
  open(): Promise<void>;
  /** Whether a path came with the sources. */
  isSource(path: string): boolean;
  /** Returns a folder in which this process can read what matches the patterns, and perhaps more. */
  readable(patterns: readonly string[]): Promise<string>;
  remove(): Promise<void>;
}

/** Works in a folder of the user's, which stays as the job leaves it. */
export function inPlace(project: string): Workspace {
  return {
    project,
    within: [],
    runEmpty: (work) => work(),
    laySources: async () => {},
    open: async () => {},
    isSource: () => false,
    readable: async () => project,
    remove: async () => {},
  };
}

/** Makes a workspace in a folder of its own, in which nothing else is left: `project`, `home` and `tmp`. */
export async function ownFolder(slot: Slot, folder = slot.folder): Promise<Workspace> {
  const project = join(folder, 'project');
  await removeTree(folder);
  for (const path of [project, join(folder, 'home'), join(folder, 'tmp')])
    await mkdir(path, { recursive: true, mode: 0o700 });
  const sources = new SourcePaths();
  return {
    project,
    within: [],
    incoming: project,
    runEmpty: (work) => work(),
    laySources: async (tree) => {
      sources.add(tree);
      await copyTree(tree, project, (words) => step(slot, words));
    },
    open: async () => {},
    isSource: (path) => sources.has(path),
    readable: async () => project,
    remove: () => removeTree(folder),
  };
}

/**
 * Makes a workspace whose project is a layer over the first tree of sources, mounted in the namespace of the slot. All
 * other files are in the upper layer from the start.
 */
export async function overlay(slot: Slot, project: string): Promise<Workspace> {
  const { folder } = slot;
  await removeTree(folder);
  const [lower, upper, work, out] = ['lower', 'upper', 'work', 'out'].map((name) => join(folder, name)) as Four;
  for (const path of [lower, upper, work, out, project, join(folder, 'home'), join(folder, 'tmp')])
    await mkdir(path, { recursive: true });
  const sources = new SourcePaths();
  let under: string | undefined;
  let isMounted = false;
  const mount = async (layer: string) => {
    const layers = `lowerdir=${layer},upperdir=${upper},workdir=${work},userxattr`;
    await step(slot, ['mount', '-t', 'overlay', '-o', layers, 'overlay', project]);
    isMounted = true;
  };
  const unmount = async () => {
    if (isMounted) await step(slot, ['umount', '-l', project]);
    isMounted = false;
  };
  return {
    project,
    within: ownIds(),
    incoming: upper,
    runEmpty: async (run) => {
      await mount(lower);
      await run();
      await unmount();
    },
    laySources: async (tree) => {
      sources.add(tree);
      if (under === undefined) under = tree.folder;
      else await copyTree(tree, upper, (words) => step(slot, words));
    },
    open: () => mount(under ?? lower),
    isSource: (path) => sources.has(path),
    readable: async (patterns) => {
      const starts = [...new Set(patterns.map((pattern) => fixedFolder(pattern) || '.'))];
      const few = starts.length > MANY ? ['.'] : starts;
      await step(slot, ['sh', '-c', COPY_OUT, 'sh', project, out, ...few]);
      return out;
    },
    remove: async () => {
      await unmount();
      await removeTree(folder);
    },
  };
}

/** Makes a pattern relative to the project, for callers that read another folder than the job sees. */
export function pathIn(project: string, pattern: string): string {
  if (pattern === project) return '.';
  return pattern.startsWith(`${project}/`) ? pattern.slice(project.length + 1) : pattern;
}

/** Of so many starts a command line is too long. */
const MANY = 1000;

type Four = [string, string, string, string];

const COPY_OUT = [
  'cd "$1" && out=$2 && shift 2 && for path; do if [ -e "$path" ] || [ -L "$path" ]',
  'then cp -a --parents -- "$path" "$out" || exit 1; fi; done',
].join('; ');

/** Looked up only by jobs that keep what git does not track. */
class SourcePaths {
  readonly #trees: Tree[] = [];
  #paths: Set<string> | undefined;

  add(tree: Tree): void {
    this.#trees.push(tree);
  }

  has(path: string): boolean {
    // What is not UTF-8 reads the same on both sides.
    this.#paths ??= new Set(this.#trees.flatMap(({ paths, rawPaths = [] }) => [...paths, ...rawPaths.map(String)]));
    return this.#paths.has(path);
  }
}

/** In a user namespace the job would take itself for root; a second namespace gives it its own ids back. */
function ownIds(): readonly string[] {
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  return uid === 0 ? [] : ['unshare', '--user', `--map-user=${uid}`, `--map-group=${gid}`, '--'];
}

async function step(slot: Slot, words: readonly string[]): Promise<void> {
  const { exitCode, output } = await slot.step(words);
  if (exitCode !== 0) throw runnerError('RUNNER_WORKSPACE_FAILED', { reason: output.trim() || words.join(' ') });
}
