import type { JobCount, PipelineCount } from '../../coordinator/index.ts';
import type { Spread, TrendFigures } from '../../protocol/index.ts';

interface Counted {
  readonly value: number;
  readonly count: number;
}

/** Sums what ended: within a day, a stack, or all of a time. */
export function trendFigures(jobs: readonly JobCount[], pipelines: readonly PipelineCount[]): TrendFigures {
  const measured = (measure: JobCount['measure']) => jobs.filter((one) => one.measure === measure);
  const ended = (measure: JobCount['measure']) => sum(measured(measure), (one) => one.jobs);
  const seconds = (measure: JobCount['measure']) =>
    spreadOf(measured(measure).map((one) => ({ value: one.value / 1000, count: one.jobs })));
  const endedAs = (status: PipelineCount['status']) =>
    sum(pipelines, (one) => (one.status === status ? one.pipelines : 0));
  const whole = pipelines.filter(({ status }) => status !== 'canceled');
  return {
    pipelines: { success: endedAs('success'), failed: endedAs('failed'), canceled: endedAs('canceled') },
    pipelineSeconds: spreadOf(whole.map((one) => ({ value: one.seconds, count: one.pipelines }))),
    jobs: { success: ended('success'), failed: ended('failed'), canceled: ended('canceled') },
    jobSeconds: seconds('ran'),
    waitSeconds: seconds('waited'),
    packages: { built: sum(whole, (one) => one.built), reused: sum(whole, (one) => one.reused) },
    bytes: { built: sum(whole, (one) => one.builtBytes), reused: sum(whole, (one) => one.reusedBytes) },
  };
}

function spreadOf(values: readonly Counted[]): Spread | undefined {
  const total = sum(values, ({ count }) => count);
  if (total === 0) return undefined;
  const sorted = values.toSorted((a, b) => a.value - b.value);
  return { median: quantile(sorted, total * 0.5), p90: quantile(sorted, total * 0.9) };
}

/** The value that so many of the cases do not exceed. */
function quantile(sorted: readonly Counted[], rank: number): number {
  let passed = 0;
  for (const { value, count } of sorted) {
    passed += count;
    if (passed >= rank) return value;
  }
  return sorted.at(-1)?.value ?? 0;
}

function sum<One>(some: readonly One[], numberOf: (one: One) => number): number {
  return some.reduce((total, one) => total + numberOf(one), 0);
}
