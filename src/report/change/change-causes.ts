import { FEW_ALIKE, alikeCauses, type HashReason, type RootCause } from '../../spack/index.ts';
import type { ChangeCause } from '../../protocol/index.ts';

/** Packages of one cause that are named; a compiler can change all of a lock. */
const NAMED = 20;

/** The cause that each package that changed in itself belongs to, by its hash. */
type CauseIndexes = ReadonlyMap<string, number>;

/** Groups what changed in itself: another compiler or system is the same change in every package. */
export function changeCauses(reasons: readonly HashReason[]): {
  readonly causes: ChangeCause[];
  readonly indexes: CauseIndexes;
} {
  const roots = new Map(reasons.flatMap((one) => one.roots).map((root) => [root.hash, root]));
  const groups = [...alikeCauses([...roots.values()])].flatMap(([change, alike]) => {
    const some = alike.length <= FEW_ALIKE ? alike.map((one) => [one]) : [alike];
    return some.map((group) => ({ change, group, hashes: countFrom(reasons, group) }));
  });
  const sorted = groups.toSorted((a, b) => b.hashes - a.hashes);
  return {
    causes: sorted.map(({ change, group, hashes }) => ({
      change,
      count: group.length,
      packages: group.slice(0, NAMED).map(({ name, version, hash }) => ({ name, version, hash })),
      hashes,
    })),
    indexes: new Map(sorted.flatMap(({ group }, index) => group.map(({ hash }) => [hash, index] as const))),
  };
}

function countFrom(reasons: readonly HashReason[], causes: readonly RootCause[]): number {
  const hashes = new Set(causes.map(({ hash }) => hash));
  return reasons.filter(({ roots }) => roots.some(({ hash }) => hashes.has(hash))).length;
}

/** Returns the causes of one package's change, nearest first. */
export function causesOf({ roots }: HashReason, indexes: CauseIndexes): number[] {
  return [...new Set(roots.flatMap(({ hash }) => indexes.get(hash) ?? []))];
}
