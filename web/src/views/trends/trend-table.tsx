import type { ComponentChildren } from 'preact';
import type { TrendFigures } from '../../../../src/protocol/index.ts';
import { formatBytes, formatDuration } from '../../format.ts';
import { Table } from '../../parts/table.tsx';
import { percentText, reuseRate } from './rates.ts';

interface TrendRow {
  readonly key: string;
  readonly title: ComponentChildren;
  readonly figures: TrendFigures;
}

const columns = [
  'Passed',
  'Failed',
  'Canceled',
  'Median pipeline',
  'Median wait',
  'Jobs passed',
  'Jobs failed',
  'Median job',
  'Built',
  'Reused',
  'Not built again',
] as const;

/** Figures as a table: of days, or of stacks. */
export function TrendTable({ label, first, rows }: { label: string; first: string; rows: readonly TrendRow[] }) {
  return (
    <Table label={label} class="cards" columns={[first, ...columns]}>
      {rows.map(({ key, title, figures }) => (
        <tr key={key}>
          <th scope="row">{title}</th>
          {cellsOf(figures).map((cell, index) => (
            <td key={index} class="number" data-title={columns[index]}>
              {cell}
            </td>
          ))}
        </tr>
      ))}
    </Table>
  );
}

function cellsOf(figures: TrendFigures): readonly (string | number)[] {
  const { pipelines, pipelineSeconds, waitSeconds, jobs, jobSeconds, packages, bytes } = figures;
  const rate = reuseRate(figures);
  const time = (spread: { median: number } | undefined) =>
    spread === undefined ? '' : formatDuration(spread.median * 1000);
  return [
    pipelines.success,
    pipelines.failed,
    pipelines.canceled,
    time(pipelineSeconds),
    time(waitSeconds),
    jobs.success,
    jobs.failed,
    time(jobSeconds),
    packages.built,
    rate === undefined ? '' : `${packages.reused} (${percentText(rate)})`,
    bytes.reused === 0 ? '' : formatBytes(bytes.reused),
  ];
}
