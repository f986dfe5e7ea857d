import { topologicalOrder } from '../../spack/index.ts';
import type { Lockfile, SpecNode } from '../../spack/index.ts';
import { nodeChanges } from './node-changes.ts';
import type { NodeChange } from './node-changes.ts';

/** A package that has another hash than before, or is new. */
export interface HashReason {
  readonly name: string;
  readonly version: string;
  readonly hash: string;
  /** The hash that it had; missing for a package that the other lock does not have. */
  readonly before?: string;
  /** What differs in the package itself. */
  readonly own: readonly NodeChange[];
  /** Hashes of the dependencies that are not as before. */
  readonly through: readonly string[];
  /** Where it all comes from: the packages that differ in themselves, nearest first, each with the way to it. */
  readonly roots: readonly RootCause[];
}

export interface RootCause {
  readonly name: string;
  readonly version: string;
  readonly hash: string;
  readonly changes: readonly NodeChange[];
  /** Names of the packages that lead there, this package first and the cause last. */
  readonly path: readonly string[];
}

/** Why packages of `after` have hashes that `before` does not know, dependencies first; those with known hashes are left out. */
export function explainHashes(before: Lockfile, after: Lockfile): readonly HashReason[] {
  const counterparts = matchNodes(before, after);
  const reasons = new Map<string, HashReason>();
  for (const node of topologicalOrder(after)) {
    if (before.nodes.has(node.hash)) continue;
    const old = counterparts.get(node.hash);
    const own = old === undefined ? [] : nodeChanges({ node: old, lock: before }, { node, lock: after });
    const through = (node.dependencies ?? []).map(({ hash }) => hash).filter((hash) => reasons.has(hash));
    const { name, version, hash } = node;
    const reason = { name, version, hash, ...(old === undefined ? {} : { before: old.hash }), own, through };
    reasons.set(hash, { ...reason, roots: rootsOf({ ...reason, isNew: old === undefined }, reasons) });
  }
  return [...reasons.values()];
}

/** A reason for people: `libpng: version 1.6.45 → 1.6.46`, or the way to the package where it began. */
export function describeReason({ own, roots, before }: HashReason): string {
  if (before === undefined) return 'new in this lock';
  const causes = roots.map(({ name, changes, path }) => {
    const what = changes.length === 0 ? 'new' : changes.map(({ text }) => text).join(', ');
    const between = path.slice(1, -1).join(' → ');
    return path.length === 1 ? what : `${name} (${what})${between === '' ? '' : ` by way of ${between}`}`;
  });
  return causes.length > 0 ? causes.join('; ') : own.map(({ text }) => text).join(', ') || 'a dependency is gone';
}

type Unfinished = Omit<HashReason, 'roots'> & { readonly isNew: boolean };

/** A package that differs in itself is a cause; what its dependencies bring is a cause beside it. A new package is its own. */
function rootsOf(reason: Unfinished, reasons: ReadonlyMap<string, HashReason>): readonly RootCause[] {
  const { name, version, hash, own, through, isNew } = reason;
  const self = own.length > 0 || isNew ? [{ name, version, hash, changes: own, path: [name] }] : [];
  const found = new Map<string, RootCause>(self.map((one) => [one.hash, one]));
  if (isNew) return self;
  for (const dependency of through) {
    for (const cause of reasons.get(dependency)?.roots ?? []) {
      const path = [name, ...cause.path];
      const known = found.get(cause.hash);
      if (known === undefined || known.path.length > path.length) found.set(cause.hash, { ...cause, path });
    }
  }
  return [...found.values()].toSorted((a, b) => a.path.length - b.path.length);
}

/**
 * For each package of `after` that is not in `before`, what it was there: the package of the same name that is gone, and
 * of several the one that is most like it. Roots are matched by the specs that people wrote, where these are the same.
 */
function matchNodes(before: Lockfile, after: Lockfile): ReadonlyMap<string, SpecNode> {
  const written = new Map(before.roots.map(({ spec, hash }) => [spec, hash]));
  const matches = new Map<string, SpecNode>();
  for (const { spec, hash } of after.roots) {
    const old = before.nodes.get(written.get(spec) ?? '');
    if (!before.nodes.has(hash) && old !== undefined && old.name === after.nodes.get(hash)?.name)
      matches.set(hash, old);
  }
  const named = new Map<string, SpecNode[]>();
  for (const node of before.nodes.values()) named.set(node.name, [...(named.get(node.name) ?? []), node]);
  for (const node of after.nodes.values()) {
    if (matches.has(node.hash) || before.nodes.has(node.hash)) continue;
    const all = named.get(node.name) ?? [];
    const left = all.filter(({ hash }) => !after.nodes.has(hash));
    const [best] = (left.length > 0 ? left : all).toSorted((a, b) => likeness(b, node) - likeness(a, node));
    if (best !== undefined) matches.set(node.hash, best);
  }
  return matches;
}

function likeness(old: SpecNode, now: SpecNode): number {
  const isSame = (a: unknown, b: unknown) => (JSON.stringify(a) === JSON.stringify(b) ? 1 : 0);
  const parameters = Object.entries(now.parameters).reduce(
    (sum, [key, value]) => sum + isSame(old.parameters[key], value),
    0,
  );
  const hashes = new Set((old.dependencies ?? []).map(({ hash }) => hash));
  const shared = (now.dependencies ?? []).filter(({ hash }) => hashes.has(hash)).length;
  return (
    8 * isSame(old.compiler, now.compiler) +
    8 * isSame(old.arch, now.arch) +
    4 * isSame(old.version, now.version) +
    parameters +
    shared
  );
}
