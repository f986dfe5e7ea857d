/** What a summary needs to know of a job: scripts only, the jobs that start child pipelines left out. */
export interface SummarizedJob {
  readonly name: string;
  readonly status: string;
  readonly allowFailure: boolean;
  /** Why it failed, in one line, where that is known. */
  readonly reason?: string;
}

export interface PullRequestSummary {
  readonly state: 'pending' | 'success' | 'failure' | 'error';
  /** At most 140 characters, as GitHub's statuses allow. */
  readonly description: string;
}

const LONGEST = 140;

/**
 * One line that says how far a pipeline is, or how it ended and why. `pipelineStatus` is GitLab's composite status;
 * `reason` says why a canceled pipeline was.
 */
export function summarizePipeline(
  pipelineStatus: string,
  jobs: readonly SummarizedJob[],
  reason?: string,
): PullRequestSummary {
  const { state, text } = describe(pipelineStatus, jobs, reason);
  return { state, description: text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text };
}

function describe(
  status: string,
  jobs: readonly SummarizedJob[],
  reason: string | undefined,
): { state: PullRequestSummary['state']; text: string } {
  const count = (wanted: string): number => jobs.filter((job) => job.status === wanted).length;
  const failed = jobs.filter((job) => job.status === 'failed' && !job.allowFailure);
  if (status === 'success') return { state: 'success', text: `All ${count('success')} jobs succeeded` };
  if (status === 'canceled') return { state: 'error', text: reason === undefined ? 'Canceled' : `Canceled: ${reason}` };
  if (status === 'failed') return { state: 'failure', text: failureText(failed, count('skipped'), reason) };
  if (status === 'skipped') return { state: 'failure', text: 'Every job was skipped' };
  if (failed.length > 0) return { state: 'pending', text: `${failureText(failed, count('skipped'))}; still running` };
  const done = jobs.filter((job) => ['success', 'skipped', 'canceled', 'failed'].includes(job.status)).length;
  return { state: 'pending', text: `${done} of ${jobs.length} jobs done` };
}

function failureText(failed: readonly SummarizedJob[], skipped: number, reason?: string): string {
  const [first, ...others] = failed;
  if (first === undefined) return reason ?? 'Failed';
  const more = others.length > 0 ? ` and ${others.length} more` : '';
  const why = first.reason === undefined ? '' : `: ${first.reason}`;
  return `${first.name}${more} failed${skipped > 0 ? `, ${skipped} skipped` : ''}${why}`;
}
