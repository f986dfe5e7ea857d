import type { BuildDecision } from '../plan-build.ts';

/**
 * Returns the decisions, dependencies first, without needs that others imply: a job that needs B, which needs A, does
 * not name A. The possible orders of the jobs stay the same.
 */
export function fewerNeeds(decisions: readonly BuildDecision[]): readonly BuildDecision[] {
  // Sets of packages as one bit for each, by the place of its decision.
  const bitOf = new Map<string, bigint>();
  const reachedFrom = new Map<string, bigint>();
  return decisions.map((decision, index) => {
    let reached = 0n;
    for (const need of decision.needs) reached |= reachedFrom.get(need) ?? 0n;
    const needs = decision.needs.filter((need) => (reached & (bitOf.get(need) ?? 0n)) === 0n);
    for (const need of needs) reached |= bitOf.get(need) ?? 0n;
    bitOf.set(decision.hash, 1n << BigInt(index));
    reachedFrom.set(decision.hash, reached);
    return { ...decision, needs };
  });
}
