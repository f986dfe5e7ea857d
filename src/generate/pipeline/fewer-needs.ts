import type { BuildDecision } from '../plan-build.ts';

/**
 * Returns the decisions without needs that others imply: a job that needs B, which needs A, does not name A. The
 * possible orders of the jobs stay the same.
 */
export function fewerNeeds(decisions: readonly BuildDecision[]): readonly BuildDecision[] {
  const position = new Map(decisions.map(({ hash }, index) => [hash, index]));
  // One bit for each package before another one, in words of 32.
  const words = Math.ceil(decisions.length / 32);
  const before = new Map<string, Uint32Array>();
  return decisions.map((decision) => {
    const reached = new Uint32Array(words);
    for (const need of decision.needs) {
      const further = before.get(need);
      if (further !== undefined)
        for (let word = 0; word < words; word += 1) (reached[word] as number) |= further[word] ?? 0;
    }
    const needs = decision.needs.filter((need) => !has(reached, position.get(need) ?? 0));
    for (const need of decision.needs) add(reached, position.get(need) ?? 0);
    before.set(decision.hash, reached);
    return { ...decision, needs };
  });
}

function has(bits: Uint32Array, index: number): boolean {
  return ((bits[index >>> 5] as number) & (1 << (index & 31))) !== 0;
}

function add(bits: Uint32Array, index: number): void {
  (bits[index >>> 5] as number) |= 1 << (index & 31);
}
