import { buffer } from 'node:stream/consumers';
import type { ObjectStore } from '../../mirror/index.ts';
import type { Lockfile, SpecNode } from '../../spack/index.ts';
import { layerEntries } from '../layers/layer-tar.ts';
import { packageBlob, type StoredPackage } from '../package-blob.ts';
import type { PlannedPackage } from '../plan.ts';
import { readPackageFacts, type PackageFacts } from './package-facts.ts';

const MAX_RECIPE = 4 * 1024 * 1024;

/**
 * Reads facts from the recipes of packages. Spack leaves recipes in each prefix, with those of all dependencies, so
 * that few tarballs are read, and of these only the folder `.spack`. Packages without a recipe of Spack's have no
 * facts.
 */
export async function collectFacts(
  store: ObjectStore,
  lock: Lockfile,
  packages: readonly Pick<PlannedPackage, 'node' | 'tarball'>[],
): Promise<ReadonlyMap<string, PackageFacts>> {
  const recipes = new Map<string, string>();
  for (const one of packages.toReversed()) {
    if (recipes.has(recipeKey(one.node))) continue;
    for (const [key, text] of await readRecipes(store, one)) recipes.set(key, text);
  }
  const facts = new Map<string, PackageFacts>();
  for (const [hash, node] of lock.nodes) {
    const text = recipes.get(recipeKey(node));
    if (text !== undefined) facts.set(hash, readPackageFacts(text, node, lock.nodes));
  }
  return facts;
}

async function readRecipes(store: ObjectStore, stored: StoredPackage): Promise<ReadonlyMap<string, string>> {
  const recipes = new Map<string, string>();
  let isInside = false;
  for await (const entry of layerEntries(packageBlob(store, stored))) {
    const { name, size } = entry.header;
    const isMetadata = /\/\.spack\//.test(name);
    if (isInside && !isMetadata) break;
    isInside ||= isMetadata;
    const key = keyOfPath(name);
    if (key !== undefined && size <= MAX_RECIPE) recipes.set(key, (await buffer(entry)).toString('utf8'));
  }
  return recipes;
}

/** `.spack/repos/builtin/packages/zlib-ng/package.py`; from Spack 1.0 on the folder has the name's Python form. */
function keyOfPath(path: string): string | undefined {
  const match = /\/\.spack\/repos\/(?:.+\/)?([^/]+)\/packages\/([^/]+)\/package\.py$/.exec(path);
  return match === null ? undefined : `${match[1]}.${plainName(match[2] as string)}`;
}

function recipeKey({ namespace, name }: Pick<SpecNode, 'namespace' | 'name'>): string {
  return `${namespace.split('.').at(-1)}.${plainName(name)}`;
}

function plainName(name: string): string {
  return name.replace(/^_(?=\d)/, '').replaceAll('_', '-');
}
