import { loadavg } from 'node:os';
import { findPart } from '../test/support/part.ts';
import { events } from './page-events.ts';
import { graph } from './page-graph.ts';
import { openPageLab, type PageBench, type PageLab } from './page-lab.ts';
import { list } from './page-list.ts';
import { timeline } from './page-timeline.ts';
import { log } from './page-log.ts';
import { packages } from './page-packages.ts';
import type { BenchOptions, BenchReport } from './report.ts';

const ROUNDS = 5;

const benches: readonly PageBench[] = [list, graph, timeline, events, log, packages];

/**
 * Measures the dashboard in a browser with thousands of jobs and a log of 100 MB: the longest task of the page, its
 * nodes and its heap; and the time of a search in 100,000 packages. Each figure is the best of five; `--quick` measures
 * once. Needs `npm run build` and Chromium.
 */
export async function page({ isQuick }: BenchOptions): Promise<BenchReport> {
  const chromium = findPart('chromium');
  if (chromium === undefined)
    return { figures: {}, peers: {}, limits: {}, skipped: ['Chromium: it is not on this machine'] };
  const loadBefore = loadavg()[0] ?? 0;
  const lab = await openPageLab(chromium);
  try {
    const figures: Record<string, number> = {};
    for (const bench of benches) Object.assign(figures, await bestOf(isQuick ? 1 : ROUNDS, bench, lab));
    const limits = Object.assign({}, ...benches.map((bench) => bench.limits)) as BenchReport['limits'];
    return { figures: { ...figures, loadBefore, loadAfter: loadavg()[0] ?? 0 }, peers: {}, limits, skipped: [] };
  } finally {
    await lab.close();
  }
}

async function bestOf(rounds: number, bench: PageBench, lab: PageLab): Promise<Readonly<Record<string, number>>> {
  const best: Record<string, number> = {};
  for (let round = 0; round < rounds; round += 1)
    for (const [name, value] of Object.entries(await bench.measure(lab)))
      best[name] = Math.min(value, best[name] ?? Infinity);
  return best;
}
