import { readPipelineJobs } from '../../client/index.ts';
import { systemClock } from '../../kit/index.ts';
import type { JobView } from '../../protocol/index.ts';
import type { CommandContext, CommandModule } from '../command.ts';
import { addAccessOptions, serverAccess, type AccessOptions } from '../server-access.ts';
import type { Terminal } from '../terminal.ts';

interface JobsOptions extends AccessOptions {
  readonly stack?: string;
  readonly json?: true;
}

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .description('List the jobs of a pipeline and of its children, with their states, times and ids.')
    .argument('[pipeline]', 'id of the pipeline (default: the newest one)')
    .option('--stack <name>', 'the newest pipeline of this stack');
  addAccessOptions(command)
    .option('--json', 'print one line of JSON')
    .action((pipeline: string | undefined, options: JobsOptions) => list(pipeline, options, context));
};

async function list(pipeline: string | undefined, options: JobsOptions, context: CommandContext): Promise<void> {
  const { terminal } = context;
  const { stack, json, ...access } = options;
  const server = await serverAccess(context, access);
  const { jobs: own, children, ...detail } = await readPipelineJobs(server, { pipeline, stack });
  const jobs = [...own, ...children.flatMap((child) => child.jobs)];
  if (json) return terminal.json({ pipeline: detail, jobs });
  const rows = jobs.map((job) => [job.id, job.status, timeOf(job), job.name, remarkOf(job)]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)));
  for (const [index, row] of rows.entries()) {
    const [id = '', status = '', ...rest] = row.map((cell, column) => cell.padEnd(widths[column] ?? 0));
    terminal.data([id, paint(jobs[index]?.status ?? '', terminal)(status), ...rest].join('  ').trimEnd());
  }
  return terminal.note(
    `Pipeline ${detail.id} of ${detail.stack}: ${detail.status}, ${detail.ref} ${detail.sha.slice(0, 8)}`,
  );
}

function timeOf({ startedAt, finishedAt }: JobView): string {
  if (startedAt === undefined) return '';
  const end = finishedAt === undefined ? systemClock.now() : Date.parse(finishedAt);
  return `${((end - Date.parse(startedAt)) / 1000).toFixed(1)} s`;
}

function remarkOf({ status, allowFailure, message, failureReason, stuck }: JobView): string {
  if (status === 'pending') return stuck ?? '';
  if (status !== 'failed') return '';
  return [allowFailure ? 'allowed to fail' : '', message ?? failureReason ?? ''].filter((one) => one !== '').join(': ');
}

function paint(status: string, { colors }: Terminal): (text: string) => string {
  if (status === 'success') return colors.green;
  if (status === 'failed') return colors.red;
  return status === 'running' ? colors.cyan : colors.dim;
}
