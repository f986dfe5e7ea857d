import {
  dependenciesOf,
  nodeOf,
  topologicalOrder,
  type Lockfile,
  type SpecDependency,
  type SpecNode,
} from '../spack/index.ts';
import type { MirrorState } from './mirror-state.ts';

export interface BuildDecision {
  readonly name: string;
  readonly version: string;
  readonly hash: string;
  readonly build: boolean;
  readonly reason: string;
  /** A mirror holds it, whether or not it is built again. */
  readonly present: boolean;
  /** Hashes of the packages that must be built before this one; empty where nothing is built. */
  readonly needs: readonly string[];
  /** Jobs that must run one after another before this one; 0 where nothing is built. */
  readonly depth: number;
}

/** A package that the machine provides: it is never built. */
type ExternalPackage = Pick<BuildDecision, 'name' | 'version' | 'hash' | 'reason'>;

export interface BuildPlan {
  /** Every package but the externals, dependencies first. */
  readonly decisions: readonly BuildDecision[];
  readonly externals: readonly ExternalPackage[];
}

interface PruneOptions {
  /** Build also what a mirror holds. */
  readonly keepUpToDate?: boolean;
  /** Hashes that the change touches; whatever else there is is left out, on a mirror or not. */
  readonly touched?: ReadonlySet<string>;
  /** Names of packages that are built although a mirror holds them. */
  readonly again?: ReadonlySet<string>;
}

/**
 * Decides what must be built: whatever no mirror holds. A need reaches through packages that are on the mirror:
 * if A links B, B is there and B links C, which is not, then A waits for C. (Spack 0.23 drops this edge.)
 */
export function planBuild(
  lock: Lockfile,
  states: ReadonlyMap<string, MirrorState>,
  options: PruneOptions = {},
): BuildPlan {
  const all = topologicalOrder(lock);
  const nodes = all.filter((node) => node.external === undefined);
  const verdicts = nodes.map((node) => ({ node, ...decide(node, states.get(node.hash), options) }));
  const built = new Set(verdicts.filter(({ build }) => build).map(({ node }) => node.hash));
  const depths = new Map<string, number>();
  const decisions = verdicts.map(({ node, build, reason }): BuildDecision => {
    const { name, version, hash } = node;
    const needs = build ? neededJobs(lock, node, built) : [];
    const depth = needs.reduce((most, need) => Math.max(most, (depths.get(need) ?? 0) + 1), 0);
    depths.set(hash, depth);
    const present = states.get(hash)?.present === true;
    return { name, version, hash, build, reason, present, needs, depth };
  });
  return { decisions, externals: all.flatMap(externalOf) };
}

function decide(
  node: SpecNode,
  state: MirrorState | undefined,
  options: PruneOptions,
): Pick<BuildDecision, 'build' | 'reason'> {
  const { present = false, reason = 'missing' } = state ?? {};
  if (options.again?.has(node.name) === true)
    return { build: true, reason: present ? `${reason}, but to be built again` : reason };
  if (options.touched?.has(node.hash) === false) {
    return { build: false, reason: present ? `${reason}, untouched by the change` : 'untouched by the change' };
  }
  if (!present) return { build: true, reason };
  if (options.keepUpToDate === true) return { build: true, reason: `${reason}, but nothing is pruned` };
  return { build: false, reason };
}

function externalOf({ name, version, hash, external }: SpecNode): readonly ExternalPackage[] {
  if (external === undefined) return [];
  return [{ name, version, hash, reason: external.path === null ? 'external' : `external, at ${external.path}` }];
}

/** In the order of the lock's dependencies, nearest first. */
function neededJobs(lock: Lockfile, node: SpecNode, built: ReadonlySet<string>): readonly string[] {
  const needs = new Set<string>();
  const seen = new Set<string>();
  const visit = (dependencies: readonly SpecDependency[]): void => {
    for (const { hash } of dependencies) {
      if (built.has(hash)) needs.add(hash);
      if (built.has(hash) || seen.has(hash)) continue;
      seen.add(hash);
      const target = nodeOf(lock, hash);
      // An external was never built here, so nothing below it is needed.
      if (target.external === undefined) visit(dependenciesOf(target, ['link', 'run']));
    }
  };
  visit(node.dependencies ?? []);
  return [...needs];
}
