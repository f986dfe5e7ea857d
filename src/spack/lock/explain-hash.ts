import { isDeepStrictEqual } from 'node:util';
import { groupBy } from '../../kit/index.ts';
import { topologicalOrder } from './lock-graph.ts';
import type { Lockfile } from './lockfile.ts';
import type { SpecNode } from './node.ts';
import { nodeChanges, type LockedNode } from './node-changes.ts';

/** A package that has another hash than before, or is new. */
export interface HashReason {
  readonly name: string;
  readonly version: string;
  readonly hash: string;
  /** The hash that it had; missing for a package that the other lock does not have. */
  readonly before?: string;
  /** Differences in the package itself. */
  readonly own: readonly string[];
  /** Hashes of the dependencies that are not as before. */
  readonly through: readonly string[];
  /** The packages that differ in themselves and so cause the change, nearest first. */
  readonly roots: readonly RootCause[];
}

export interface RootCause {
  readonly name: string;
  readonly version: string;
  readonly hash: string;
  readonly changes: readonly string[];
  /** Names of the packages that lead there, this package first and the cause last. */
  readonly path: readonly string[];
}

/** Returns the packages of `after` whose hashes `before` does not know, with the reasons; dependencies first. */
export function explainHashes(before: Lockfile, after: Lockfile): readonly HashReason[] {
  const counterparts = matchNodes(before, after);
  const reasons = new Map<string, HashReason>();
  for (const node of topologicalOrder(after)) {
    if (before.nodes.has(node.hash)) continue;
    const old = counterparts.get(node.hash);
    const states =
      old &&
      ([
        { node: old, lock: before },
        { node, lock: after },
      ] as const);
    const own = states === undefined ? [] : nodeChanges(...states);
    const through = (node.dependencies ?? []).map(({ hash }) => hash).filter((hash) => reasons.has(hash));
    const { name, version, hash } = node;
    const reason = { name, version, hash, before: old?.hash, own, through };
    const inherited = [
      ...through.flatMap((dependency) => reasons.get(dependency)?.roots ?? []),
      ...(states === undefined ? [] : swappedRoots(...states)),
    ];
    reasons.set(hash, { ...reason, roots: rootsOf(reason, inherited) });
  }
  return [...reasons.values()];
}

function causeText({ changes }: RootCause): string {
  return changes.join(', ') || 'new';
}

/** Groups causes by their text: another compiler or system is the same change in every package. The nearest first. */
export function alikeCauses(roots: readonly RootCause[]): ReadonlyMap<string, readonly RootCause[]> {
  return groupBy(roots, causeText);
}

/** Up to this many causes of the same text are listed one by one. */
export const FEW_ALIKE = 3;

/** Describes a reason: `libpng: version 1.6.45 → 1.6.46`, or the path to the package where it began. */
export function describeReason({ own, roots, before }: HashReason): string {
  if (before === undefined) return 'new in this lock';
  const causes = [...alikeCauses(roots).values()].flatMap((alike) => {
    if (alike.length <= FEW_ALIKE) return alike.map(describeCause);
    return alike
      .slice(0, 1)
      .map((one) => `${describeCause(one)}, and the same in ${alike.length - 1} more of its dependencies`);
  });
  return causes.length > 0 ? causes.join('; ') : own.join(', ') || 'a dependency is gone';
}

function describeCause(cause: RootCause): string {
  const { name, path } = cause;
  const between = path.slice(1, -1).join(' → ');
  if (path.length === 1) return causeText(cause);
  return `${name} (${causeText(cause)})${between === '' ? '' : ` by way of ${between}`}`;
}

/**
 * A package that differs in itself is a cause, beside those that it gets from its dependencies. A new package is its
 * own and only cause.
 */
function rootsOf(
  { name, version, hash, own, before }: Omit<HashReason, 'roots'>,
  inherited: readonly RootCause[],
): readonly RootCause[] {
  const self = { name, version, hash, changes: own, path: [name] };
  if (before === undefined) return [self];
  return nearest([...(own.length > 0 ? [self] : []), ...inherited.map((cause) => below(name, cause))]);
}

function below(name: string, cause: RootCause): RootCause {
  return { ...cause, path: [name, ...cause.path] };
}

/** Each cause once, by the shortest way to it; the nearest first. */
function nearest(causes: readonly RootCause[]): readonly RootCause[] {
  const found = new Map<string, RootCause>();
  for (const cause of causes) {
    const known = found.get(cause.hash);
    if (known === undefined || known.path.length > cause.path.length) found.set(cause.hash, cause);
  }
  return [...found.values()].toSorted((a, b) => a.path.length - b.path.length);
}

/**
 * Where a lock has several of one name, a package may go over to another of them, whose hash is no news: the causes
 * are then what the two differ in.
 */
function swappedRoots(before: LockedNode, after: LockedNode, seen = new Set<string>()): readonly RootCause[] {
  const causes = pairedDependencies(before, after).flatMap(([old, now]) => {
    const pair = `${old.hash} ${now.hash}`;
    if (!before.lock.nodes.has(now.hash) || seen.has(pair)) return [];
    seen.add(pair);
    const states = [
      { node: old, lock: before.lock },
      { node: now, lock: after.lock },
    ] as const;
    return rootsOf(
      { ...now, before: old.hash, own: nodeChanges(...states), through: [] },
      swappedRoots(...states, seen),
    );
  });
  return nearest(causes);
}

/** Dependencies of the same name that are not the same package. */
function pairedDependencies(before: LockedNode, after: LockedNode): readonly (readonly [SpecNode, SpecNode])[] {
  const olds = before.node.dependencies ?? [];
  return (after.node.dependencies ?? []).flatMap(({ name, hash }) => {
    const old = olds.some((one) => one.hash === hash) ? undefined : olds.find((one) => one.name === name);
    const [from, to] = [before.lock.nodes.get(old?.hash ?? ''), after.lock.nodes.get(hash)];
    return from === undefined || to === undefined ? [] : [[from, to] as const];
  });
}

/**
 * For each package of `after` that is not in `before`, what it was there. Roots are matched by the specs that people
 * wrote, what they depend on by name; whatever else there is, with the package of the same name that is gone. Of
 * several the one counts that is most like it.
 */
function matchNodes(before: Lockfile, after: Lockfile): ReadonlyMap<string, SpecNode> {
  const likely = new Map<string, readonly SpecNode[]>();
  const suggest = (hash: string, old: SpecNode | undefined) => {
    if (old !== undefined && !before.nodes.has(hash)) likely.set(hash, [...(likely.get(hash) ?? []), old]);
  };
  const written = new Map(before.roots.map(({ spec, hash }) => [spec, hash]));
  for (const { spec, hash } of after.roots) {
    const old = before.nodes.get(written.get(spec) ?? '');
    if (old?.name === after.nodes.get(hash)?.name) suggest(hash, old);
  }
  const named = namedNodes(before, after);
  const matches = new Map<string, SpecNode>();
  for (const node of topologicalOrder(after).toReversed()) {
    if (before.nodes.has(node.hash)) continue;
    const some = likely.get(node.hash) ?? named.get(node.name) ?? [];
    const [best] = some.toSorted((a, b) => likeness(b, node) - likeness(a, node));
    if (best === undefined) continue;
    matches.set(node.hash, best);
    const pairs = pairedDependencies({ node: best, lock: before }, { node, lock: after });
    for (const [old, now] of pairs) suggest(now.hash, old);
  }
  return matches;
}

/**
 * The packages of a lock by name; of those that have one name, the ones that the other lock no longer has, if there are
 * any.
 */
function namedNodes(before: Lockfile, after: Lockfile): ReadonlyMap<string, readonly SpecNode[]> {
  return new Map(
    [...groupBy(before.nodes.values(), ({ name }) => name)].map(([name, all]) => {
      const gone = all.filter(({ hash }) => !after.nodes.has(hash));
      return [name, gone.length > 0 ? gone : all];
    }),
  );
}

function likeness(old: SpecNode, now: SpecNode): number {
  const isSame = (a: unknown, b: unknown) => Number(isDeepStrictEqual(a, b));
  const parameters = Object.entries(now.parameters).filter(([key, value]) => isSame(old.parameters[key], value));
  const hashes = new Set((old.dependencies ?? []).map(({ hash }) => hash));
  const shared = (now.dependencies ?? []).filter(({ hash }) => hashes.has(hash));
  return (
    8 * isSame(old.compiler, now.compiler) +
    8 * isSame(old.arch, now.arch) +
    4 * isSame(old.version, now.version) +
    parameters.length +
    shared.length
  );
}
