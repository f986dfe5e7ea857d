import type { Spread, TrendDay } from '../../../../src/protocol/index.ts';
import { formatBytes, formatDuration } from '../../format.ts';
import { DayChart } from './day-chart.tsx';
import { percentText, reuseRate } from './rates.ts';

const seconds = (value: number) => formatDuration(value * 1000);
const count = (value: number) => value.toLocaleString();

/** What ended on each day, as charts. */
export function Charts({ days: shown }: { days: readonly TrendDay[] }) {
  const days = shown.map(({ day }) => day);
  const of = (valueOf: (day: TrendDay) => number | undefined) => shown.map((day) => valueOf(day) ?? null);
  const spread = (spreadOf: (day: TrendDay) => Spread | undefined, colour: string) => [
    { label: 'median', colour, values: of((day) => spreadOf(day)?.median) },
    { label: 'nine of ten within', colour: '--quiet', values: of((day) => spreadOf(day)?.p90) },
  ];
  return (
    <div class="day-charts">
      <DayChart
        title="Pipelines"
        kind="stack"
        days={days}
        format={count}
        scale="count"
        series={[
          { label: 'passed', colour: '--success', values: of(({ pipelines }) => pipelines.success) },
          { label: 'failed', colour: '--failed', values: of(({ pipelines }) => pipelines.failed) },
          { label: 'canceled', colour: '--quiet', values: of(({ pipelines }) => pipelines.canceled) },
        ]}
      />
      <DayChart
        title="Duration of pipelines"
        kind="lines"
        days={days}
        format={seconds}
        scale="time"
        series={spread(({ pipelineSeconds }) => pipelineSeconds, '--running')}
      />
      <DayChart
        title="Waiting for a runner"
        kind="lines"
        days={days}
        format={seconds}
        scale="time"
        series={spread(({ waitSeconds }) => waitSeconds, '--pending')}
      />
      <DayChart
        title="Duration of jobs"
        kind="lines"
        days={days}
        format={seconds}
        scale="time"
        series={spread(({ jobSeconds }) => jobSeconds, '--running')}
      />
      <DayChart
        title="Packages reused"
        kind="lines"
        days={days}
        format={percentText}
        scale="share"
        series={[{ label: 'of all packages', colour: '--accent', values: of(reuseRate) }]}
      />
      <DayChart
        title="Packages built and reused, by size"
        kind="stack"
        days={days}
        format={formatBytes}
        scale="bytes"
        series={[
          { label: 'built', colour: '--running', values: of(({ bytes }) => bytes.built) },
          { label: 'reused', colour: '--success', values: of(({ bytes }) => bytes.reused) },
        ]}
      />
    </div>
  );
}
