import { compareText } from '../../kit/index.ts';
import type { ComparedPackage, LockComparison, PackageDifference } from '../../protocol/index.ts';
import {
  describeReason,
  nodeOf,
  variantsText,
  type HashReason,
  type Lockfile,
  type SpecNode,
} from '../../spack/index.ts';
import { comparisonHeadline, comparisonWords } from '../text/comparison-words.ts';
import { imageGrowth, sum } from './change-bytes.ts';
import { causesOf, changeCauses } from './change-causes.ts';

interface ComparedLocks {
  readonly before: Lockfile;
  readonly after: Lockfile;
  /** Why hashes of `after` differ. */
  readonly reasons: readonly HashReason[];
}

/** What a comparison of two locks shows, apart from where they come from. */
type Difference = Omit<LockComparison, 'from' | 'to'>;

/** Returns the nodes whose sizes `lockComparison` uses. */
export function differingNodes({ before, after }: Pick<ComparedLocks, 'before' | 'after'>): readonly SpecNode[] {
  return [...without(after, before), ...without(before, after)];
}

/** Compares two locks, package by package. `sizes`: bytes of packages on the mirrors, by hash. */
export function lockComparison(
  { before, after, reasons }: ComparedLocks,
  sizes: ReadonlyMap<string, number>,
): Difference {
  const { causes, indexes } = changeCauses(reasons);
  const gone = new Set(without(before, after).map(({ hash }) => hash));
  const sized = (node: SpecNode): ComparedPackage => {
    const { name, version, hash } = node;
    return { name, version, hash, variants: variantsText(node), size: sizes.get(hash) };
  };
  const added: ComparedPackage[] = [];
  const changed: PackageDifference[] = [];
  for (const reason of reasons) {
    const to = nodeOf(after, reason.hash);
    // A package that is still in the new lock was not replaced, so this one is an addition.
    const from = gone.delete(reason.before ?? '') ? nodeOf(before, reason.before as string) : undefined;
    if (from === undefined) added.push(sized(to));
    else
      changed.push({
        from: sized(from),
        to: sized(to),
        kind: kindOf(from, to),
        changes: [...reason.own],
        reason: describeReason(reason),
        causes: causesOf(reason, indexes),
      });
  }
  const removed = [...gone].map((hash) => sized(nodeOf(before, hash)));
  const same =
    ownPackages(after) - ownPackages({ nodes: new Map(without(after, before).map((one) => [one.hash, one])) });
  const difference = {
    same,
    roots: { added: rootsBeyond(after, before), removed: rootsBeyond(before, after) },
    causes,
    added: added.toSorted(byName),
    removed: removed.toSorted(byName),
    changed: changed.toSorted((a, b) => byName(a.to, b.to)),
    bytes: bytesOf({ before, after }, sizes),
  };
  return { ...difference, headline: comparisonHeadline(difference), words: comparisonWords(difference) };
}

/** How many packages of a lock are not the machine's. */
export function ownPackages({ nodes }: Pick<Lockfile, 'nodes'>): number {
  return [...nodes.values()].filter(({ external }) => external === undefined).length;
}

function without(some: Lockfile, others: Lockfile): readonly SpecNode[] {
  return [...some.nodes.values()].filter(({ hash }) => !others.nodes.has(hash));
}

function rootsBeyond(some: Lockfile, others: Lockfile): string[] {
  const known = new Set(others.roots.map(({ spec }) => spec));
  return [...new Set(some.roots.map(({ spec }) => spec))].filter((spec) => !known.has(spec)).toSorted(compareText);
}

function kindOf(from: SpecNode, to: SpecNode): PackageDifference['kind'] {
  if (from.version !== to.version) return 'version';
  return variantsText(from) === variantsText(to) ? 'rebuilt' : 'variants';
}

function bytesOf(
  { before, after }: Pick<ComparedLocks, 'before' | 'after'>,
  sizes: ReadonlyMap<string, number>,
): LockComparison['bytes'] {
  const hashes = (nodes: readonly SpecNode[]) =>
    nodes.filter(({ external }) => external === undefined).map(({ hash }) => hash);
  const sizeOf = (hash: string) => sizes.get(hash);
  const [fresh, gone] = [hashes(without(after, before)), hashes(without(before, after))];
  return {
    added: sum(fresh, sizeOf),
    removed: sum(gone, sizeOf),
    growth: imageGrowth({ before, after, sizeOf }),
    unknown: [...fresh, ...gone].filter((hash) => sizeOf(hash) === undefined).length,
  };
}

function byName(a: ComparedPackage, b: ComparedPackage): number {
  return compareText(a.name, b.name) || compareText(a.version, b.version);
}
