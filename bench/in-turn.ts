import type { Cost } from './measure.ts';

/** What something cost at its first run, and at later ones. */
export interface ColdAndWarm {
  readonly cold: Cost;
  readonly warm: Cost;
}

/**
 * Measures several things in turn, so that a busy moment strikes all alike: once cold, then `rounds` times warm. Of the
 * warm runs the half with the shortest time on the clock counts, with the mean of its CPU time: the kernel counts that in
 * steps of 10 ms.
 */
export function measureInTurn<Name extends string>(
  measures: Readonly<Record<Name, () => Cost>>,
  rounds: number,
): Readonly<Record<Name, ColdAndWarm>> {
  const names = Object.keys(measures) as Name[];
  const runs = new Map(names.map((name) => [name, [] as Cost[]]));
  for (let round = 0; round <= rounds; round += 1) for (const name of names) runs.get(name)?.push(measures[name]());
  const results = [...runs].map(([name, [cold, ...others]]) => [name, { cold, warm: quieterHalf(others) }]);
  return Object.fromEntries(results) as Record<Name, ColdAndWarm>;
}

function quieterHalf(costs: readonly Cost[]): Cost {
  const sorted = costs.toSorted((a, b) => a.wallMs - b.wallMs).slice(0, Math.ceil(costs.length / 2));
  const cpuMs = sorted.reduce((sum, cost) => sum + cost.cpuMs, 0) / sorted.length;
  return { wallMs: sorted[0]?.wallMs ?? 0, cpuMs };
}
