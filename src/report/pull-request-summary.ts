/** A job in a summary. Jobs that start child pipelines are left out. */
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

/** Characters of a status's description, as GitHub allows. */
const LONGEST = 140;

/**
 * Summarizes in one line how far a pipeline is, or how it ended, where and why. Where it is too long the reason is cut,
 * never how much is concerned. `pipelineStatus` is GitLab's composite status; `reason` is why a pipeline was
 * canceled.
 */
export function summarizePipeline(
  pipelineStatus: string,
  jobs: readonly SummarizedJob[],
  reason?: string,
): PullRequestSummary {
  const { state, text, end = '' } = describe(pipelineStatus, jobs, reason);
  return { state, description: clip(text, LONGEST - end.length) + end };
}

interface Line {
  readonly state: PullRequestSummary['state'];
  readonly text: string;
  /** Stays whole. */
  readonly end?: string;
}

function describe(status: string, jobs: readonly SummarizedJob[], reason: string | undefined): Line {
  const failed = jobs.filter((job) => job.status === 'failed' && !job.allowFailure);
  if (status === 'success') return { state: 'success', text: successText(jobs) };
  if (status === 'canceled') return { state: 'error', text: reason === undefined ? 'Canceled' : `Canceled: ${reason}` };
  if (status === 'failed') return { state: 'failure', ...failureText(failed, count(jobs, 'skipped'), reason) };
  if (status === 'skipped') return { state: 'failure', text: 'Every job was skipped' };
  if (failed.length > 0) {
    const { text, end = '' } = failureText(failed, count(jobs, 'skipped'));
    return { state: 'pending', text, end: `${end}; still running` };
  }
  const waiting = jobs.find((job) => job.status === 'manual' && !job.allowFailure);
  if (status === 'manual' && waiting !== undefined)
    return { state: 'pending', text: `Waits for a person to start ${shortName(waiting.name)}` };
  const done = jobs.filter((job) => ['success', 'skipped', 'canceled', 'failed'].includes(job.status)).length;
  return { state: 'pending', text: `${done} of ${jobs.length} jobs done` };
}

function successText(jobs: readonly SummarizedJob[]): string {
  const good = count(jobs, 'success');
  const text = good === 1 ? 'The only job succeeded' : `All ${good} jobs succeeded`;
  const [first, ...others] = jobs.filter((job) => job.status === 'failed');
  if (first === undefined) return text;
  const succeeded = good === 1 ? '1 job succeeded' : `${good} jobs succeeded`;
  return `${succeeded}; ${shortName(first.name)}${andMore(others.length)} failed, as it may`;
}

function failureText(failed: readonly SummarizedJob[], skipped: number, reason?: string): Omit<Line, 'state'> {
  const [first, ...others] = failed;
  if (first === undefined) return { text: reason ?? 'Failed' };
  const counts = [
    ...(others.length > 0 ? [`${others.length} more failed`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ];
  const end = counts.length === 0 ? '' : ` (${counts.join(', ')})`;
  return { text: `${shortName(first.name)} ${whatFailed(first.reason)}`, end };
}

/** The reason without the name of the package, which stands before it. */
function whatFailed(reason: string | undefined): string {
  if (reason === undefined) return 'failed';
  const rest = withoutStop(reason.replace(/^Package `[^`]*` (?=failed )/, ''));
  return rest.startsWith('failed ') ? rest : `failed: ${rest}`;
}

/** `zlib@1.3.1` of `zlib@1.3.1 /abcdefg %gcc@12.2.0 arch=linux-debian12-x86_64_v3 Nightly`, as Spack names jobs. */
function shortName(name: string): string {
  const [, phase = '', short] = /^(\(\w+\) )?(\S+?)(?: \/|\/)[a-z2-7]{7,32}(?: |$)/.exec(name) ?? [];
  return short === undefined ? name : phase + short;
}

function andMore(others: number): string {
  return others > 0 ? ` and ${others} more` : '';
}

function count(jobs: readonly SummarizedJob[], status: string): number {
  return jobs.filter((job) => job.status === status).length;
}

/** A status is a phrase: it has no full stop at its end. */
export function withoutStop(text: string): string {
  return text.replace(/(?<=[^.])\.$/, '');
}

/** Shortens a text for a status; the ellipsis shows that something is missing. */
export function clip(text: string, length = LONGEST): string {
  return text.length > length ? `${text.slice(0, length - 1).trimEnd()}…` : text;
}
