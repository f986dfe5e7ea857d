import { durationText } from '../../kit/index.ts';
import type { ChangeReport, FailureReport, RunStatus } from '../../protocol/index.ts';
import { failureEnd, isAllowed, jobTitle } from '../failure/failure-report.ts';
import { STATUS_LENGTH, clip } from './words.ts';

/** A job as it counts for a status. Jobs that start child pipelines are left out. */
export interface CountedJob {
  readonly name: string;
  readonly status: string;
  readonly allowFailure: boolean;
}

export interface StatusLine {
  readonly state: 'pending' | 'success' | 'failure' | 'error';
  /** Finer than the state. */
  readonly outcome?: 'canceled';
  /** At most 140 characters, as GitHub's statuses allow. */
  readonly description: string;
}

/** What a pipeline is reported by. */
interface ReportedPipeline {
  /** GitLab's composite status. */
  readonly status: RunStatus;
  readonly jobs: readonly CountedJob[];
  readonly failure: FailureReport;
  /** How far the packages are, where some are built. */
  readonly progress?: Pick<ChangeReport['counts'], 'build' | 'built'> & { readonly left?: number };
  /** Why it was canceled. */
  readonly reason?: string;
}

const canceled = { state: 'error', outcome: 'canceled' } as const;

/**
 * Describes in one line how far a pipeline is, or how it ended, where and why. Where it is too long the reason is cut,
 * never how much is concerned.
 */
export function statusLine(pipeline: ReportedPipeline): StatusLine {
  const { status, jobs, failure, progress, reason } = pipeline;
  if (status === 'success') return { state: 'success', description: clip(successText(jobs)) };
  if (status === 'canceled')
    return { ...canceled, description: clip(reason === undefined ? 'Canceled' : `Canceled: ${reason}`) };
  if (status === 'skipped') return { state: 'failure', description: 'Every job was skipped' };
  const [first] = failure.failures.filter((one) => !isAllowed(one));
  const isOver = status === 'failed';
  if (first === undefined && isOver) return { state: 'failure', description: clip(failure.headline) };
  if (first !== undefined) {
    const end = failureEnd(failure.failures, { skipped: failure.skipped, isOver });
    return { state: isOver ? 'failure' : 'pending', description: cutBefore(first.headline, end) };
  }
  const waiting = jobs.find((job) => job.status === 'manual' && !job.allowFailure);
  if (status === 'manual' && waiting !== undefined)
    return { state: 'pending', description: clip(`Waits for a person to start ${jobTitle(waiting.name)}`) };
  return { state: 'pending', description: progressLine(jobs, progress) };
}

function cutBefore(text: string, end: string): string {
  return clip(text, STATUS_LENGTH - end.length) + end;
}

function progressLine(jobs: readonly CountedJob[], progress: ReportedPipeline['progress']): string {
  if (progress !== undefined && progress.build > 0 && progress.built < progress.build) {
    const left = progress.left === undefined ? '' : `, about ${durationText(progress.left)} left`;
    return `${progress.built} of ${progress.build} packages built${left}`;
  }
  const done = jobs.filter((job) => ['success', 'skipped', 'canceled', 'failed'].includes(job.status)).length;
  return `${done} of ${jobs.length} jobs done`;
}

function successText(jobs: readonly CountedJob[]): string {
  const good = jobs.filter(({ status }) => status === 'success').length;
  const text = good === 1 ? 'The only job succeeded' : `All ${good} jobs succeeded`;
  const [first, ...others] = jobs.filter((job) => job.status === 'failed');
  if (first === undefined) return text;
  const succeeded = good === 1 ? '1 job succeeded' : `${good} jobs succeeded`;
  return `${succeeded}; ${jobTitle(first.name)}${others.length > 0 ? ` and ${others.length} more` : ''} failed, as it may`;
}
