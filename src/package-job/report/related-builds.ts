import type { DependencySource } from '../../builder/index.ts';
import type { ObjectStore } from '../../mirror/index.ts';
import { nodeOf, v2SpecKey, type Lockfile, type SpecNode } from '../../spack/index.ts';

/** Where Spack up to 0.17 keeps CDash's number of a package's build: beside the package on the mirror. */
function buildIdKey(lock: Lockfile, node: SpecNode): string {
  return v2SpecKey([node, ...directDependencies(lock, node)], 'plain').replace(/\.spec\.json$/, '.cdashid');
}

/** CDash's numbers of the builds of a package's direct dependencies, as far as a mirror knows them. */
export async function relatedBuilds(
  { lock, node }: { lock: Lockfile; node: SpecNode },
  sources: readonly DependencySource[],
): Promise<readonly string[]> {
  const own = directDependencies(lock, node).filter(({ external }) => external === undefined);
  const ids = await Promise.all(own.map(async (one) => findId(buildIdKey(lock, one), sources)));
  return [...new Set(ids.filter((id) => id !== undefined))];
}

async function findId(key: string, sources: readonly DependencySource[]): Promise<string | undefined> {
  for (const { layout } of sources) {
    // A relation is a convenience: one that cannot be read is left out.
    const text = (await layout.store.get(key).catch(() => undefined))?.toString('utf8').trim();
    if (text !== undefined && /^\d{1,18}$/.test(text)) return text;
  }
  return undefined;
}

/** Leaves the number for the builds of what depends on this package, if the mirror takes such a file. */
export async function leaveBuildId(
  { lock, node }: { lock: Lockfile; node: SpecNode },
  store: ObjectStore,
  id: string,
): Promise<void> {
  await store.put(buildIdKey(lock, node), Buffer.from(id)).catch(() => undefined);
}

function directDependencies(lock: Lockfile, node: SpecNode): readonly SpecNode[] {
  return (node.dependencies ?? []).map(({ hash }) => nodeOf(lock, hash));
}
