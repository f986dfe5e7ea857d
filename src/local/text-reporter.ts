import { formatDiagnostic, withoutColors } from '../kit/index.ts';
import type { JobState } from '../pipeline/index.ts';
import { LocalFailures } from './local-failures.ts';
import { closingTable } from './closing-table.ts';
import type { LocalPipeline } from './local-pipeline.ts';
import type { RunTerminal } from './run-options.ts';
import { createReporter, type RunReporter } from './run-reporter.ts';

/** Reports for people: the output of jobs, each line after the job's name, their statuses, and a table at the end. */
export function textReporter(terminal: RunTerminal): RunReporter {
  const { colors } = terminal;
  const attempts = new Map<string, number>();
  const failures = new LocalFailures();
  return createReporter(terminal.data, {
    warn: (diagnostic, lines) => {
      lines.flush();
      terminal.note(formatDiagnostic(diagnostic));
    },
    log: (job, line) => {
      failures.add(job, line);
      return `${colors.cyan(job)} ${colors.dim('|')} ${colors.isColorSupported ? line : withoutColors(line)}`;
    },
    changed: (pipeline, job) => {
      const path = pipeline.pathOf(job.name);
      const isNewAttempt = (attempts.get(path) ?? 1) < job.attempt;
      if (isNewAttempt) failures.restart(path);
      const words = wordsFor(pipeline, job, isNewAttempt);
      attempts.set(path, job.attempt);
      return words && `${colors.cyan(path)} ${colors.bold(words)}`;
    },
    finished: (pipeline) => {
      const lines = failures.lines(pipeline);
      return [...(lines.length === 0 ? [] : ['', ...lines]), ...closingTable(pipeline, colors)];
    },
  });
}

/** A success is only listed in the table. */
function wordsFor(pipeline: LocalPipeline, job: JobState, isNewAttempt: boolean): string | undefined {
  if (isNewAttempt) return `failed; attempt ${job.attempt} follows`;
  if (job.status === 'manual') return 'waits for --play';
  if (job.status === 'scheduled') return `waits until ${job.scheduledAt ?? ''}`;
  if (job.status !== 'failed') return undefined;
  const code = job.exitCode === undefined ? '' : `, exit code ${job.exitCode}`;
  const isAllowed = pipeline.isFailureAllowed(job) ? ', which is allowed' : '';
  return `failed: ${job.failureReason ?? 'unknown'}${code}${isAllowed}`;
}
