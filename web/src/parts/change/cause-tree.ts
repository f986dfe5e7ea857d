import type { ChangedPackage, PipelineChange } from '../../../../src/protocol/index.ts';

/** A package below the cause that changed it. */
export interface TreeNode {
  /** Unique in the tree. */
  readonly key: string;
  /** Its index among the packages of the change. */
  readonly index: number;
  readonly one: ChangedPackage;
  /** The packages that it changes in turn. */
  readonly below: readonly TreeNode[];
}

/** A change that began it, with all packages that it changes. */
export interface CauseBranch {
  readonly key: string;
  /** Index of the cause; undefined for packages that are built for another reason. */
  readonly cause: number | undefined;
  /** How many packages are in it. */
  readonly size: number;
  readonly below: readonly TreeNode[];
}

type Change = Pick<PipelineChange, 'causes' | 'packages'>;

/**
 * Arranges the packages of a change below the causes that changed them: each one once for a cause, below the dependency
 * that is nearest to it. Packages without a cause come last.
 */
export function causeTree({ causes, packages }: Change): readonly CauseBranch[] {
  const members = new Map<number | undefined, number[]>();
  for (const [index, one] of packages.entries())
    for (const cause of one.causes.length === 0 ? [undefined] : one.causes)
      if (!members.get(cause)?.push(index)) members.set(cause, [index]);
  return [...causes.keys(), undefined].flatMap((cause) => {
    const indexes = members.get(cause);
    return indexes === undefined ? [] : [branchOf(packages, cause, indexes)];
  });
}

interface Growing extends TreeNode {
  readonly depth: number;
  readonly below: Growing[];
}

function branchOf(packages: Change['packages'], cause: number | undefined, indexes: readonly number[]): CauseBranch {
  const key = String(cause ?? 'other');
  const top: Growing[] = [];
  const grown = new Map<string, Growing>();
  // Dependencies come first, so what a package hangs on is there already.
  for (const index of indexes) {
    const one = packages[index] as ChangedPackage;
    const isOwn = one.own && one.causes[0] === cause;
    const ways = isOwn ? [] : one.through.flatMap((hash) => grown.get(hash) ?? []);
    const nearest = ways.reduce<Growing | undefined>(
      (best, way) => (best && best.depth <= way.depth ? best : way),
      undefined,
    );
    const node = { key: `${key} ${one.hash}`, index, one, depth: (nearest?.depth ?? 0) + 1, below: [] };
    grown.set(one.hash, node);
    (nearest?.below ?? top).push(node);
  }
  return { key, cause, size: indexes.length, below: top };
}

/**
 * The keys from a branch down to the first package that a text names: `hdf5`, `hdf5@1.14.3` or the beginning of a hash.
 */
export function pathTo(tree: readonly CauseBranch[], text: string): readonly string[] | undefined {
  if (text === '') return undefined;
  const isNamed = ({ name, version, hash }: ChangedPackage) =>
    name === text || `${name}@${version}` === text || (text.length >= 7 && hash.startsWith(text));
  for (const branch of tree) {
    const found = pathBelow(branch.below, isNamed);
    if (found !== undefined) return [branch.key, ...found];
  }
  return undefined;
}

function pathBelow(
  nodes: readonly TreeNode[],
  isWanted: (one: ChangedPackage) => boolean,
): readonly string[] | undefined {
  for (const { key, one, below } of nodes) {
    if (isWanted(one)) return [key];
    const found = pathBelow(below, isWanted);
    if (found !== undefined) return [key, ...found];
  }
  return undefined;
}

/** The text by which a package of a change is found: its name, or its hash where several have that name. */
export function whyName({ name, hash }: ChangedPackage, packages: readonly ChangedPackage[]): string {
  return packages.filter((one) => one.name === name).length > 1 ? hash.slice(0, 12) : name;
}
