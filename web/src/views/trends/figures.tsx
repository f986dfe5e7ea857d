import type { TrendFigures, Trends } from '../../../../src/protocol/index.ts';
import { formatBytes, formatDuration } from '../../format.ts';
import { passRate, percentText, reuseRate } from './rates.ts';

interface FigureKind {
  readonly title: string;
  readonly valueOf: (figures: TrendFigures) => number | undefined;
  readonly format: (value: number) => string;
}

const seconds = (value: number) => formatDuration(value * 1000);
const kinds: readonly FigureKind[] = [
  {
    title: 'pipelines',
    valueOf: ({ pipelines: { success, failed, canceled } }) => success + failed + canceled,
    format: (value) => value.toLocaleString(),
  },
  { title: 'passed', valueOf: passRate, format: percentText },
  { title: 'median pipeline', valueOf: ({ pipelineSeconds }) => pipelineSeconds?.median, format: seconds },
  { title: 'median wait for a runner', valueOf: ({ waitSeconds }) => waitSeconds?.median, format: seconds },
  { title: 'packages reused', valueOf: reuseRate, format: percentText },
  { title: 'not built again', valueOf: ({ bytes }) => bytes.reused, format: formatBytes },
];

/** The figures of the whole time, each with that of as many days before. */
export function Figures({ trends: { total, previous, days } }: { trends: Trends }) {
  return (
    <dl class="figures">
      {kinds.map(({ title, valueOf, format }) => {
        const [now, before] = [valueOf(total), valueOf(previous)];
        return (
          <div key={title}>
            <dt>{title}</dt>
            <dd>
              <strong class="number">{now === undefined ? 'none' : format(now)}</strong>{' '}
              {before !== undefined && before > 0 && (
                <span class="faint" title={`In the ${days.length} days before`}>
                  previous {format(before)}
                </span>
              )}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
