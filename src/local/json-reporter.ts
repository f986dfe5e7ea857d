import type { Diagnostic } from '../kit/index.ts';
import type { RunTerminal } from './run-options.ts';
import { createReporter, type RunReporter } from './run-reporter.ts';
import { summarizeRun } from './run-summary.ts';

/** Reports to standard output, one JSON document a line. */
export function jsonReporter(terminal: RunTerminal): RunReporter {
  return createReporter(terminal.data, {
    warn: (diagnostic, lines) => lines.add(JSON.stringify({ event: 'warning', ...messageAt(diagnostic) })),
    log: (job, line) => JSON.stringify({ event: 'job-log', job, line }),
    changed: (pipeline, { name, status }) =>
      JSON.stringify({ event: 'job-status', job: pipeline.pathOf(name), status }),
    finished: (pipeline) => [JSON.stringify({ event: 'summary', ...summarizeRun(pipeline) })],
  });
}

export function messageAt({ message, file, line, column }: Diagnostic) {
  return { message, file, line, column };
}
