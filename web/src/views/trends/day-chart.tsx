import { useEffect, useRef, useState } from 'preact/hooks';
import { useMedia } from '../../parts/use-media.ts';
import { theme } from '../../theme.ts';
import type { Chart } from './draw-chart.ts';

interface DayChartOptions extends Chart {
  readonly title: string;
}

/** A chart of days. Its numbers are below it for the day under the pointer; the table has them all. */
export function DayChart({ title, ...chart }: DayChartOptions) {
  const box = useRef<HTMLDivElement>(null);
  const [day, setDay] = useState<number>();
  const isDark = useMedia('(prefers-color-scheme: dark)');
  useEffect(() => {
    let stop: (() => void) | undefined;
    let isGone = false;
    void import('./draw-chart.ts').then(({ drawChart }) => {
      if (!isGone && box.current !== null) stop = drawChart(box.current, chart, setDay);
    });
    return () => {
      isGone = true;
      stop?.();
    };
  }, [JSON.stringify(chart), isDark, theme.value]);
  return (
    <figure class="day-chart">
      <figcaption>
        <h2>{title}</h2>
        <Legend chart={chart} day={day} />
      </figcaption>
      <div ref={box} class="day-chart-box" aria-hidden="true" />
    </figure>
  );
}

function Legend({ chart, day }: { chart: Chart; day: number | undefined }) {
  const { series, days, format } = chart;
  return (
    <ul class="legend">
      {day !== undefined && <li class="number">{days[day]}</li>}
      {series.map(({ label, colour, values }) => {
        const value = day === undefined ? undefined : values[day];
        return (
          <li key={label}>
            <svg viewBox="0 0 10 10" width="10" height="10" aria-hidden="true">
              <rect width="10" height="10" rx="2" class={`fill${colour}`} />
            </svg>
            {label} {typeof value === 'number' && <span class="number">{format(value)}</span>}
          </li>
        );
      })}
    </ul>
  );
}
