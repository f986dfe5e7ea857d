import type { JobState } from '../pipeline/index.ts';
import type { RunTerminal } from './run-options.ts';
import type { LocalPipeline } from './local-pipeline.ts';
import { summarizeRun } from './run-summary.ts';

type Colors = RunTerminal['colors'];

/** More jobs than this are not listed one by one if they simply succeeded. */
const LISTED = 40;

/** Every job with what became of it and how long it took, and a last line for the pipeline. */
export function closingTable(pipeline: LocalPipeline, colors: Colors): readonly string[] {
  const rows = rowsOf(pipeline);
  const shown = rows.length > LISTED ? rows.filter((row) => row.status !== 'success') : rows;
  const width = Math.max(0, ...shown.map((row) => row.path.length));
  const lines = shown.map(({ path, status, seconds, word }) =>
    `  ${path.padEnd(width)}  ${paint(status, colors)(word.padEnd(10))}  ${seconds}`.trimEnd(),
  );
  const { status } = summarizeRun(pipeline);
  return ['', ...lines, `pipeline: ${paint(status, colors)(status)} (${countsOf(rows)})`];
}

interface Row {
  readonly path: string;
  readonly status: string;
  readonly word: string;
  readonly seconds: string;
}

function rowsOf(pipeline: LocalPipeline): readonly Row[] {
  return pipeline.plan.jobs.flatMap(({ name }) => {
    const job = pipeline.job(name);
    const isWarning = job.status === 'failed' && pipeline.isFailureAllowed(job);
    const row = {
      path: pipeline.pathOf(name),
      status: job.status,
      word: isWarning ? 'warning' : job.status,
      seconds: secondsOf(job),
    };
    const child = pipeline.childOf(name);
    return child === undefined ? [row] : [row, ...rowsOf(child)];
  });
}

function secondsOf({ startedAt, finishedAt }: JobState): string {
  if (startedAt === undefined || finishedAt === undefined) return '';
  return `${((Date.parse(finishedAt) - Date.parse(startedAt)) / 1000).toFixed(1)} s`;
}

function countsOf(rows: readonly Row[]): string {
  const counts = new Map<string, number>();
  for (const { word } of rows) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].map(([word, count]) => `${count} ${word}`).join(', ');
}

function paint(status: string, colors: Colors): (text: string) => string {
  if (status === 'success') return colors.green;
  return status === 'failed' ? colors.red : colors.yellow;
}
