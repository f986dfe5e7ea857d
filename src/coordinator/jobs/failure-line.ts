import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { TestSummary } from '../../report/index.ts';
import type { DataFiles, PipelineFiles, PipelineRecords } from '../context.ts';

/** Bytes at the end of a log in which the reason is looked for. */
const TAIL = 64 * 1024;
// oxlint-disable-next-line no-control-regex
const ESCAPES = /\u001B\[[0-9;]*[A-Za-z]/g;
const SECTION = /^(?:section_(?:start|end):\d+:\w+\r?)+/;
/** As our own commands end such a line: with a code. */
const CODED = /^(.*?)error: (.*) \[[A-Z][A-Z0-9_]+\]$/;
const PLAIN = /(?:^|[\s:])error: (?!Job failed: exit code)(.*)$/i;

/** What the log of the first failed job of a pipeline, or of its children, says in one line of why it failed. */
export function failureLine(context: PipelineFiles, pipeline: string): string | undefined {
  const run = failedRun(context, pipeline);
  if (run === undefined) return undefined;
  const log = readTail(join(context.folder.job(run), 'trace.log'));
  // A report of tests says more than a line that happens to speak of an error, and less than a command of ours.
  return codedLine(log) ?? testsLine(context.pipelines.tests(run)) ?? plainLine(log);
}

/** What a job's JUnit report says of its failure. */
export function testsLine(tests: TestSummary | undefined): string | undefined {
  const bad = tests === undefined ? 0 : tests.failed + tests.errored;
  const first = tests?.failures[0];
  if (first === undefined) return undefined;
  const said = first.message === '' ? '' : `: ${first.message.split('\n', 1)[0]}`;
  return `${bad} of ${tests?.total} tests, ${bad > 1 ? 'first ' : ''}\`${first.name}\`${said}`;
}

/** The same of one attempt at a job. */
export function failureOfRun(context: DataFiles, run: string): string | undefined {
  return readFailureLine(readTail(join(context.folder.job(run), 'trace.log')));
}

/** The first fault that a command of ours has told, else the last line that speaks of an error. */
export function readFailureLine(log: string): string | undefined {
  return codedLine(log) ?? plainLine(log);
}

function codedLine(log: string): string | undefined {
  for (const line of linesOf(log)) {
    const [, place = '', fact = ''] = CODED.exec(line) ?? [];
    if (fact !== '') return place + fact;
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

/** Read at once, so that a status is recorded in the same breath as what it tells of. */
function readTail(path: string): string {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const { size } = fstatSync(file);
    const bytes = Buffer.alloc(Math.min(size, TAIL));
    return bytes.toString('utf8', 0, readSync(file, bytes, 0, bytes.length, size - bytes.length));
  } catch {
    // No log is no reason to keep the status back.
    return '';
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
