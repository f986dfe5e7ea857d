import { nodeOf, topologicalOrder } from '../spack/index.ts';
import type { DependencyType, Lockfile, SpecNode } from '../spack/index.ts';
import type { MirrorState } from './mirror-state.ts';

export interface BuildDecision {
  readonly name: string;
  readonly version: string;
  readonly hash: string;
  readonly build: boolean;
  readonly reason: string;
  /** Hashes of the packages that must be built before this one; empty where nothing is built. */
  readonly needs: readonly string[];
  /** Jobs that must run one after another before this one; 0 where nothing is built. */
  readonly depth: number;
}

export interface BuildPlan {
  /** Every package but the externals, dependencies first. */
  readonly decisions: readonly BuildDecision[];
}

/**
 * Decides what must be built: whatever no mirror holds. A need reaches through packages that are on the mirror:
 * if A links B, B is there and B links C, which is not, then A waits for C. (Spack 0.23 drops this edge.)
 */
export function planBuild(lock: Lockfile, states: ReadonlyMap<string, MirrorState>): BuildPlan {
  const nodes = topologicalOrder(lock).filter((node) => node.external === undefined);
  const missing = new Set(nodes.filter((node) => states.get(node.hash)?.present !== true).map((node) => node.hash));
  const depths = new Map<string, number>();
  const decisions = nodes.map((node): BuildDecision => {
    const build = missing.has(node.hash);
    const needs = build ? neededJobs(lock, node, missing) : [];
    const depth = needs.reduce((most, hash) => Math.max(most, (depths.get(hash) ?? 0) + 1), 0);
    depths.set(node.hash, depth);
    const { name, version, hash } = node;
    return { name, version, hash, build, reason: states.get(hash)?.reason ?? 'missing', needs, depth };
  });
  return { decisions };
}

/** In the order of the lock's dependencies, nearest first. */
function neededJobs(lock: Lockfile, node: SpecNode, missing: ReadonlySet<string>): readonly string[] {
  const needs = new Set<string>();
  const seen = new Set<string>();
  const visit = (from: SpecNode, types: readonly DependencyType[]): void => {
    for (const dependency of from.dependencies ?? []) {
      if (seen.has(dependency.hash) || !dependency.parameters.deptypes.some((type) => types.includes(type))) continue;
      seen.add(dependency.hash);
      if (missing.has(dependency.hash)) needs.add(dependency.hash);
      else visit(nodeOf(lock, dependency.hash), ['link', 'run']);
    }
  };
  visit(node, ['build', 'link', 'run', 'test']);
  return [...needs];
}
