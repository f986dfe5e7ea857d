import type { TestSummary } from '../../report/index.ts';
import type { DataFiles, PipelineFiles, PipelineRecords } from '../context.ts';
import { readLog } from './job-log.ts';

// oxlint-disable-next-line no-control-regex
const ESCAPES = /\u001B\[[0-9;]*[A-Za-z]/g;
const SECTION = /^(?:section_(?:start|end):\d+:\w+\r?)+/;
/** As our own commands end such a line: with a code. */
const CODED = /^(.*?)error: (.*) \[[A-Z][A-Z0-9_]+\]$/;
const PLAIN = /(?:^|[\s:])error: (?!Job failed: exit code)(.*)$/i;

/** Returns why the first failed job of a pipeline, or of its children, failed, as one line of its log. */
export function failureLine(context: PipelineFiles, pipeline: string): string | undefined {
  const run = failedRun(context, pipeline);
  if (run === undefined) return undefined;
  const log = readLog(context, run, 'tail');
  // A test report is more precise than a line that happens to mention an error, and less than our own commands.
  return codedLine(log) ?? testsLine(context.pipelines.tests(run)) ?? plainLine(log);
}

/** Returns the failure that a job's JUnit report shows. */
export function testsLine(tests: TestSummary | undefined): string | undefined {
  const bad = tests === undefined ? 0 : tests.failed + tests.errored;
  const first = tests?.failures[0];
  if (first === undefined) return undefined;
  const reason = first.message === '' ? '' : `: ${first.message.split('\n', 1)[0]}`;
  return `${bad} of ${tests?.total} tests, ${bad > 1 ? 'first ' : ''}\`${first.name}\`${reason}`;
}

/** Returns why one attempt at a job failed, as one line of its log. */
export function failureOfRun(context: DataFiles, run: string): string | undefined {
  return readFailureLine(readLog(context, run, 'tail'));
}

/** Returns the first fault that a command of ours reported, else the last line that mentions an error. */
export function readFailureLine(log: string): string | undefined {
  return codedLine(log) ?? plainLine(log);
}

function codedLine(log: string): string | undefined {
  for (const line of linesOf(log)) {
    const [, position = '', fact = ''] = CODED.exec(line) ?? [];
    if (fact !== '') return position + fact;
  }
  return undefined;
}

function plainLine(log: string): string | undefined {
  const facts = linesOf(log).map((line) => PLAIN.exec(line)?.[1]);
  return facts.findLast((fact) => fact !== undefined && fact !== '');
}

function linesOf(log: string): readonly string[] {
  return log.split('\n').map((line) => line.replace(ESCAPES, '').replace(SECTION, '').trimEnd());
}

/** The newest attempt at the first failed job of a pipeline, or of its children. */
export function failedRun(context: PipelineRecords, pipeline: string): string | undefined {
  const { plan, jobs } = context.pipelines.state(pipeline);
  for (const { name, kind, allowFailure } of plan.jobs) {
    const child = jobs[name]?.child;
    const found = child === undefined ? undefined : failedRun(context, child);
    if (found !== undefined) return found;
    if (kind !== 'script' || jobs[name]?.status !== 'failed' || allowFailure === true) continue;
    return context.pipelines.latestRun(pipeline, name)?.id;
  }
  return undefined;
}
