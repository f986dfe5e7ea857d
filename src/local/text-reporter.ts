import { isFinal, type JobState } from '../pipeline/index.ts';
import { formatDiagnostic, withoutColors } from '../kit/index.ts';
import type { RunTerminal } from './run-options.ts';
import { JobOutput } from './job-output.ts';
import type { LocalPipeline } from './local-pipeline.ts';
import { LineBuffer } from './line-buffer.ts';
import type { RunReporter } from './run-reporter.ts';
import { closingTable } from './closing-table.ts';

/** For people: what jobs print, each line after the job's name, and what becomes of them; at the end a table. */
export function textReporter(terminal: RunTerminal): RunReporter {
  const { colors } = terminal;
  const output = new JobOutput();
  const attempts = new Map<string, number>();
  const lines = new LineBuffer((text) => terminal.data(text));
  const say = (line: string) => lines.add(line);
  const log = (job: string, texts: readonly string[]) => {
    for (const line of texts) {
      const text = colors.isColorSupported ? line : withoutColors(line);
      say(`${colors.cyan(job)} ${colors.dim('|')} ${text}`);
    }
  };
  return {
    warn: (diagnostic) => {
      lines.flush();
      terminal.note(formatDiagnostic(diagnostic));
    },
    jobChanged: (pipeline, job) => {
      const path = pipeline.pathOf(job.name);
      if (isFinal(job.status) || job.status === 'pending') log(path, output.end(path));
      const words = wordsFor(pipeline, job, (attempts.get(path) ?? 1) < job.attempt);
      attempts.set(path, job.attempt);
      if (words !== undefined) say(`${colors.cyan(path)} ${colors.bold(words)}`);
    },
    output: (pipeline, name, bytes) => {
      const path = pipeline.pathOf(name);
      log(path, output.write(path, bytes));
    },
    finished: (pipeline) => {
      for (const line of closingTable(pipeline, colors)) say(line);
    },
    close: () => lines.flush(),
  };
}

/** A success needs no word: it stands in the table. */
function wordsFor(pipeline: LocalPipeline, job: JobState, isNewAttempt: boolean): string | undefined {
  if (isNewAttempt) return `failed; attempt ${job.attempt} follows`;
  if (job.status === 'manual') return 'waits for --play';
  if (job.status === 'scheduled') return `waits until ${job.scheduledAt ?? ''}`;
  if (job.status !== 'failed') return undefined;
  const code = job.exitCode === undefined ? '' : `, exit code ${job.exitCode}`;
  const isAllowed = pipeline.isFailureAllowed(job) ? ', which is allowed' : '';
  return `failed: ${job.failureReason ?? 'unknown'}${code}${isAllowed}`;
}
