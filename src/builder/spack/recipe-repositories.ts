import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { base32, readYaml } from '../../kit/index.ts';
import type { Expand } from './configuration-paths.ts';
import { configFiles } from './named-compilers.ts';
import { gitHead, pathDigest, textOf, treeState } from './path-state.ts';

interface RecipeSearch {
  /** Folders of configuration and files of it, the least important first. */
  readonly paths: readonly string[];
  /** The environment's own `repos`, which count most. */
  readonly own: unknown;
  /** Folder whose state is part of the key anyway: Spack's own, with its recipes up to 0.23. */
  readonly root: string;
  /** Folder of Spack's own clones of repositories. */
  readonly userCache: string;
  readonly expand: Expand;
}

/** One entry of `repos`: a folder, or from Spack 1.0 on a repository of git that Spack clones. */
type Repository = string | { readonly git?: string; readonly destination?: string };

/** Returns the state of every repository of recipes; undefined if one is not cloned yet. */
export async function recipesState(search: RecipeSearch): Promise<readonly string[] | undefined> {
  const { paths, own, root, userCache, expand } = search;
  const files = (await Promise.all(paths.map((path) => configFiles(path, ['repos'])))).flat();
  const found = (await Promise.all(files.map(async (file) => entriesIn(file, expand)))).flat();
  const merged = new Map<string, Repository>();
  for (const [name, one] of [...found, ...entriesOf(own)]) merged.set(name, over(merged.get(name), one));
  const ownFolders = new Set(entriesOf(own).map(([name]) => name));
  const states = await Promise.all(
    [...merged].map(async ([name, one]) => {
      // Equal texts are equal recipes, committed or not: a plan compares the two.
      if (typeof one === 'string' && ownFolders.has(name)) return `${name} ${await pathDigest(expand(one))}`;
      if (typeof one === 'string') return `${name} ${await folderState(expand(one), root)}`;
      const { git = '', destination } = one;
      const commit = await gitHead(destination === undefined ? cloneOf(git, userCache) : expand(destination));
      return commit === undefined ? undefined : `${name} ${commit}`;
    }),
  );
  return states.every((state) => state !== undefined) ? states : undefined;
}

async function folderState(folder: string, root: string): Promise<string> {
  return folder.startsWith(`${root}/`) ? folder.slice(root.length) : treeState(folder);
}

/** Names clones as Spack does (`spack.repo.parse_config_descriptor`): by the end of a base32 of SHA-1. */
function cloneOf(url: string, userCache: string): string {
  return join(userCache, 'package_repos', base32(createHash('sha1').update(url).digest()).slice(-7));
}

async function entriesIn(file: string, expand: Expand): Promise<readonly (readonly [string, Repository])[]> {
  // Spack reports one that is no YAML.
  const { value } = readYaml(await textOf(file), file);
  const { repos } = (value ?? {}) as { readonly repos?: unknown };
  return entriesOf(repos).map(([name, one]) => [name, typeof one === 'string' ? expand(one, dirname(file)) : one]);
}

/** A list, in which each is another, or from Spack 1.0 on a mapping by name. */
function entriesOf(section: unknown): readonly (readonly [string, Repository])[] {
  if (Array.isArray(section)) return section.map((one) => [String(one), String(one)]);
  if (typeof section !== 'object' || section === null) return [];
  // A name with a colon at its end replaces the same of less important scopes.
  return Object.entries(section as Readonly<Record<string, Repository>>).map(([name, one]) => [
    name.replace(/:$/, ''),
    one,
  ]);
}

function over(below: Repository | undefined, above: Repository): Repository {
  return typeof above === 'object' && typeof below === 'object' ? { ...below, ...above } : above;
}
