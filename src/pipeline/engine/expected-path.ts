import type { JobPlan, PipelinePlan } from '../../gitlab/index.ts';
import { pathSolver } from './remaining-path.ts';

/** What is known of how long a job takes. */
export interface DurationEstimate {
  /** The median. */
  readonly seconds: number;
  /** Standard deviation of the logarithm; 0 if the duration is certain. */
  readonly spread: number;
  /** Jobs of the same subject are shorter or longer than expected together. */
  readonly subject: string;
}

/** Cases over which paths are averaged. */
const CASES = 32;
/** Deviations that are equally probable: quantiles of the logistic distribution, which is close to the normal one. */
const DEVIATIONS = Array.from({ length: CASES }, (_, index) => {
  const probability = (index + 0.5) / CASES;
  return Math.log(probability / (1 - probability)) / 1.702;
});

/**
 * Returns the mean of each job's remaining path over possible durations. It is longer than the path of the expected
 * durations where many chains wait for a job, since one of them takes longer than expected. The same estimates always
 * give the same paths.
 */
export function expectedPath(
  plan: PipelinePlan,
  estimate: (job: JobPlan) => DurationEstimate,
): ReadonlyMap<string, number> {
  const estimates = plan.jobs.map(estimate);
  const solve = pathSolver(plan);
  const sums = new Float64Array(plan.jobs.length);
  const deviations = new Map(estimates.map(({ subject }) => [subject, shuffled(DEVIATIONS, generator(subject))]));
  const cases = estimates.every(({ spread }) => spread === 0) ? 1 : CASES;
  for (let number = 0; number < cases; number += 1) {
    const seconds = estimates.map(({ seconds: median, spread, subject }) =>
      spread === 0 ? median : median * Math.exp(spread * (deviations.get(subject)?.[number] ?? 0)),
    );
    for (const [index, path] of solve(seconds).entries()) sums[index] = (sums[index] as number) + path;
  }
  // Rounded, so that jobs of which the same is known are equal.
  return new Map(plan.jobs.map(({ name }, index) => [name, Math.round(((sums[index] as number) / cases) * 1e3) / 1e3]));
}

/** Each job meets the same deviations, in an order of its own (Latin hypercube sampling). */
function shuffled(values: readonly number[], random: () => number): readonly number[] {
  const mixed = [...values];
  for (let last = mixed.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [mixed[last], mixed[other]] = [mixed[other] as number, mixed[last] as number];
  }
  return mixed;
}

/** Numbers from 0 to below 1: the text's FNV-1a hash, and steps of mulberry32 from there. */
function generator(text: string): () => number {
  let state = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) state = Math.imul(state ^ text.charCodeAt(index), 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
