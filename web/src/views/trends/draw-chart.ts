import UPlot from 'uplot';
import { formatBytes } from '../../format.ts';
import 'uplot/dist/uPlot.min.css';

interface ChartSeries {
  readonly label: string;
  /** Name of a colour in `tokens.css`, with its dashes. */
  readonly colour: string;
  /** One for each day; null where there is none. */
  readonly values: readonly (number | null)[];
}

export interface Chart {
  /** `2026-11-30`, UTC. */
  readonly days: readonly string[];
  readonly series: readonly ChartSeries[];
  /** Bars on top of each other, or a line for each series. */
  readonly kind: 'stack' | 'lines';
  readonly format: (value: number) => string;
  readonly scale: Scale;
}

/** The lines across of a chart. Times are seconds, shares are between 0 and 1. */
type Scale = 'time' | 'share' | 'bytes' | 'count';

const HEIGHT = 150;
const DAY = 24 * 3600;

/** Draws a chart into a box, in the colours of the present theme. Returns a function that removes it. */
export function drawChart(box: HTMLElement, chart: Chart, onDay: (index: number | undefined) => void): () => void {
  const { days } = chart;
  const plot = new UPlot(
    optionsOf(box, chart, onDay),
    [days.map((day) => Date.parse(day) / 1000), ...rows(chart)],
    box,
  );
  const observer = new ResizeObserver(() => plot.setSize({ width: box.clientWidth, height: HEIGHT }));
  observer.observe(box);
  return () => {
    observer.disconnect();
    plot.destroy();
  };
}

/** Bars on top of each other are drawn from the sum of all down to the first. */
function rows({ kind, series }: Chart): (number | null)[][] {
  if (kind === 'lines') return series.map(({ values }) => [...values]);
  let sums: readonly number[] = [];
  return series
    .map(({ values }) => (sums = values.map((value, index) => (value ?? 0) + (sums[index] ?? 0))))
    .toReversed()
    .map((values) => [...values]);
}

function optionsOf(box: HTMLElement, chart: Chart, onDay: (index: number | undefined) => void): UPlot.Options {
  const styles = getComputedStyle(box);
  const colour = (name: string) => styles.getPropertyValue(name).trim();
  const axis = { stroke: colour('--faint'), font: `11px ${styles.fontFamily}`, ticks: { show: false } };
  const grid = { stroke: colour('--line'), width: 1 };
  return {
    width: box.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, y: false, points: { show: chart.kind === 'lines' } },
    tzDate: (seconds) => UPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
    scales: {
      x: { range: (_, low, high) => [low - DAY / 2, high + DAY / 2] },
      y: { range: (_, _low, high) => [0, chart.scale === 'share' || high <= 0 ? 1 : high * 1.08] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 24,
        space: 56,
        incrs: [1, 2, 7, 14, 28].map((count) => count * DAY),
        values: (_, splits) => splits.map(dayText),
      },
      { ...axis, grid, size: 52, space: 30, ...linesOf(chart.scale) },
    ],
    series: [{}, ...seriesOf(chart, colour)],
    hooks: { setCursor: [({ cursor }) => onDay(cursor.idx ?? undefined)] },
  };
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const MILLISECOND = 0.001;
const times = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500].map((count) => count * MILLISECOND),
  ...[1, MINUTE, HOUR].flatMap((unit) => [1, 2, 5, 10, 15, 30].map((count) => count * unit)),
];

function linesOf(scale: Scale): Pick<UPlot.Axis, 'incrs' | 'values'> {
  const values =
    (textOf: (value: number) => string): UPlot.Axis.Values =>
    (_, splits) =>
      splits.map(textOf);
  if (scale === 'time') return { incrs: times, values: values(timeText) };
  if (scale === 'share') return { incrs: [0.25, 0.5], values: values((value) => `${value * 100} %`) };
  if (scale === 'bytes') return { values: values((value) => formatBytes(value).replace('.0 ', ' ')) };
  return { values: values((value) => (Number.isInteger(value) ? value.toLocaleString() : '')) };
}

function timeText(seconds: number): string {
  if (seconds >= HOUR) return `${Math.round((10 * seconds) / HOUR) / 10} h`;
  if (seconds >= MINUTE) return `${Math.round((10 * seconds) / MINUTE) / 10} min`;
  return seconds >= 1 || seconds === 0 ? `${seconds} s` : `${Math.round(seconds / MILLISECOND)} ms`;
}

function seriesOf({ kind, series }: Chart, colour: (name: string) => string): UPlot.Series[] {
  if (kind === 'lines')
    return series.map((one) => ({
      stroke: colour(one.colour),
      width: 2,
      spanGaps: true,
      points: { show: true, size: 7, fill: colour(one.colour) },
    }));
  const paths = UPlot.paths.bars?.({ size: [0.7, 36] });
  return series.toReversed().map((one) => ({ fill: colour(one.colour), width: 0, paths, points: { show: false } }));
}

function dayText(seconds: number): string {
  return new Date(seconds * 1000).toLocaleDateString(undefined, { month: 'short', day: 'numeric', timeZone: 'UTC' });
}
