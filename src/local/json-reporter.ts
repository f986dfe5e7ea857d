import { isFinal } from '../pipeline/index.ts';
import type { Diagnostic } from '../kit/index.ts';
import type { RunTerminal } from './run-options.ts';
import { JobOutput } from './job-output.ts';
import { LineBuffer } from './line-buffer.ts';
import type { RunReporter } from './run-reporter.ts';
import { summarizeRun } from './run-summary.ts';

/** One JSON document a line, to stdout. Lines that come together are written together. */
export function jsonReporter(terminal: RunTerminal): RunReporter {
  const output = new JobOutput();
  const lines = new LineBuffer((text) => terminal.data(text));
  const say = (value: unknown) => lines.add(JSON.stringify(value));
  const log = (job: string, texts: readonly string[]) => {
    for (const line of texts) say({ event: 'job-log', job, line });
  };
  return {
    warn: (diagnostic) => say({ event: 'warning', ...placeOf(diagnostic) }),
    jobChanged: (pipeline, { name, status }) => {
      const job = pipeline.pathOf(name);
      if (isFinal(status) || status === 'pending') log(job, output.end(job));
      say({ event: 'job-status', job, status });
    },
    output: (pipeline, name, bytes) => {
      const job = pipeline.pathOf(name);
      log(job, output.write(job, bytes));
    },
    finished: (pipeline) => {
      say({ event: 'summary', ...summarizeRun(pipeline) });
    },
    close: () => lines.flush(),
  };
}

export function placeOf({ message, file, line, column }: Diagnostic) {
  return { message, file, line, column };
}
