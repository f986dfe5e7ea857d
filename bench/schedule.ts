import { simulate, tutorialPlan, type Policy } from './schedule-simulation.ts';
import type { BenchReport } from './report.ts';

const workerCounts = [2, 3, 4, 6, 8, 10, 12, 16, 24, 32, 48, 64] as const;
/** Sets of durations: one schedule is better or worse than another by luck as well. */
const DRAWS = 12;

/**
 * Measures how long a pipeline of 227 jobs takes by what the scheduler knows of durations, beside the same scheduler with
 * the true durations, and beside the bound below which no schedule can be. Each figure is the mean over several sets of
 * durations; `WorstDraw` is the worst of them for any number of workers.
 */
export async function schedule(): Promise<BenchReport> {
  const figures = { ...figuresOf('history', 'history of other runs'), ...figuresOf('firstRun', 'first run') };
  return {
    figures: { ...figures, ...figuresOf('trueDurations', 'true durations') },
    peers: { 'first in, first out': figuresOf('inOrder', 'first in, first out') },
    limits: { historyWorstRatio: { most: 1.03 }, firstRunWorstRatio: { most: 1.09 } },
    skipped: [],
  };
}

const plan = tutorialPlan();
const draws = Array.from({ length: DRAWS }, (_, draw) => draw);
const best = new Map<string, number>();

function figuresOf(name: string, policy: Policy): Readonly<Record<string, number>> {
  const figures: Record<string, number> = {};
  const all = workerCounts.map((workers) => {
    const played = draws.map((draw) => ratiosOf({ workers, policy, draw }));
    const [ratio, excess] = [mean(played.map((one) => one.ratio)), mean(played.map((one) => one.excess))];
    Object.assign(figures, { [`${name}${workers}Ratio`]: ratio, [`${name}${workers}OverBound`]: excess });
    return { ratio, worst: Math.max(...played.map((one) => one.ratio)) };
  });
  const worst = { [`${name}WorstRatio`]: Math.max(...all.map(({ ratio }) => ratio)) };
  return { ...figures, ...worst, [`${name}WorstDraw`]: Math.max(...all.map((one) => one.worst)) };
}

/** The time that a pipeline takes over that with true durations, and over the bound. */
function ratiosOf(play: Parameters<typeof simulate>[1]): { readonly ratio: number; readonly excess: number } {
  const { makespan, bound } = simulate(plan, play);
  const key = `${play.workers} ${play.draw}`;
  const truth = best.get(key) ?? simulate(plan, { ...play, policy: 'true durations' }).makespan;
  best.set(key, truth);
  return { ratio: makespan / truth, excess: makespan / bound };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, one) => sum + one, 0) / values.length;
}
