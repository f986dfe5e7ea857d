import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readYaml } from '../../kit/index.ts';
import type { Expand } from './configuration-places.ts';
import { gitHead } from './git-head.ts';
import { placeDigest, textOf, treeState } from './place-state.ts';

interface RecipeSearch {
  /** Folders of configuration and files of it, the ones that count least first. */
  readonly places: readonly string[];
  /** The environment's own `repos`, which count most. */
  readonly own: unknown;
  /** Folder whose state is known otherwise: Spack's own, where its recipes were up to 0.23. */
  readonly apart: string;
  /** Where Spack keeps its own clones of repositories. */
  readonly userCache: string;
  readonly expand: Expand;
}

/** One entry of `repos`: a folder, or from Spack 1.0 on a repository of git that Spack clones. */
type Repository = string | { readonly git?: string; readonly destination?: string };

/** The state of every repository of recipes; undefined if one is yet to be cloned, which may then be of any commit. */
export async function recipesState(search: RecipeSearch): Promise<readonly string[] | undefined> {
  const { places, own, apart, userCache, expand } = search;
  const files = (await Promise.all(places.map(filesOfRepos))).flat();
  const found = (await Promise.all(files.map(async (file) => entriesIn(file, expand)))).flat();
  const merged = new Map<string, Repository>();
  for (const [name, one] of [...found, ...entriesOf(own)]) merged.set(name, over(merged.get(name), one));
  const ownFolders = new Set(entriesOf(own).flatMap(([name, one]) => (typeof one === 'string' ? [name] : [])));
  const states = await Promise.all(
    [...merged].map(async ([name, one]) => {
      // The same texts are the same recipes, whether they are committed or not: a plan compares the two.
      if (typeof one === 'string' && ownFolders.has(name)) return `${name} ${await placeDigest(expand(one))}`;
      if (typeof one === 'string') return `${name} ${await folderState(expand(one), apart)}`;
      const { git = '', destination } = one;
      const commit = await gitHead(destination === undefined ? cloneOf(git, userCache) : expand(destination));
      return commit === undefined ? undefined : `${name} ${commit}`;
    }),
  );
  return states.every((state) => state !== undefined) ? states : undefined;
}

async function folderState(folder: string, apart: string): Promise<string> {
  return folder.startsWith(`${apart}/`) ? folder.slice(apart.length) : treeState(folder);
}

/** As Spack names them (`spack.repo.parse_config_descriptor`). */
function cloneOf(url: string, userCache: string): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  const bits = [...createHash('sha1').update(url).digest()].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const name = (bits.match(/.{5}/g) ?? []).slice(-7).map((five) => alphabet[Number.parseInt(five, 2)]);
  return join(userCache, 'package_repos', name.join(''));
}

async function filesOfRepos(place: string): Promise<readonly string[]> {
  const found = await stat(place).catch(() => undefined);
  if (found === undefined) return [];
  if (!found.isDirectory()) return [place];
  const names = await readdir(place, { recursive: true });
  const deepest = (name: string) => -name.split('/').length;
  return names
    .filter((name) => /(?:^|\/)repos\.yaml$/.test(name))
    .toSorted((a, b) => deepest(a) - deepest(b))
    .map((name) => join(place, name));
}

async function entriesIn(file: string, expand: Expand): Promise<readonly (readonly [string, Repository])[]> {
  // Of one that is no YAML Spack will say what is wrong with it.
  const { value } = readYaml(await textOf(file), file);
  const { repos } = (value ?? {}) as { readonly repos?: unknown };
  return entriesOf(repos).map(([name, one]) => [name, typeof one === 'string' ? expand(one, dirname(file)) : one]);
}

/** A list, in which each is another, or from Spack 1.0 on a mapping by name. */
function entriesOf(section: unknown): readonly (readonly [string, Repository])[] {
  if (Array.isArray(section)) return section.map((one) => [String(one), String(one)]);
  if (typeof section !== 'object' || section === null) return [];
  // With a colon at its end a name replaces what is below it.
  return Object.entries(section as Readonly<Record<string, Repository>>).map(([name, one]) => [
    name.replace(/:$/, ''),
    one,
  ]);
}

function over(below: Repository | undefined, above: Repository): Repository {
  return typeof above === 'object' && typeof below === 'object' ? { ...below, ...above } : above;
}
