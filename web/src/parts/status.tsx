import type { ComponentChildren } from 'preact';
import type { JobView, RunStatus } from '../../../src/protocol/index.ts';
import '../style/status.css';

export type LookName = 'success' | 'failed' | 'warning' | 'running' | 'pending' | 'quiet' | 'manual' | 'canceled';

const looks: Readonly<Record<RunStatus, LookName>> = {
  created: 'quiet',
  waiting_for_resource: 'pending',
  preparing: 'pending',
  pending: 'pending',
  scheduled: 'pending',
  running: 'running',
  canceling: 'canceled',
  success: 'success',
  failed: 'failed',
  canceled: 'canceled',
  skipped: 'quiet',
  manual: 'manual',
};

/** Every look has its own shape, so that colour is never the only sign of a status. */
const shapes: Readonly<Record<LookName, ComponentChildren>> = {
  success: <path d="M4.6 8.3 7 10.7l4.4-5" />,
  failed: <path d="m5.4 5.4 5.2 5.2m0-5.2-5.2 5.2" />,
  warning: <path d="M8 4.6v4.2m0 2.3v.1" />,
  running: <path d="M8 4.2A3.8 3.8 0 0 1 11.8 8" class="turning" />,
  pending: <path d="M8 5v3.2l2 1.4" />,
  quiet: <path d="M5.5 8h5" />,
  manual: <path d="M6.6 5.4v5.2l4-2.6Z" />,
  canceled: <path d="m5 11 6-6" />,
};

export function statusText(status: RunStatus): string {
  if (status === 'waiting_for_resource') return 'waiting';
  return status === 'success' ? 'passed' : status;
}

/** What a job's status depends on: one that is allowed to fail has not failed its pipeline. */
type JobResult = Pick<JobView, 'status' | 'allowFailure'>;

export function jobLook(job: JobResult): LookName {
  return isForgiven(job) ? 'warning' : looks[job.status];
}

export function jobText(job: JobResult): string {
  return isForgiven(job) ? 'failed (allowed to fail)' : statusText(job.status);
}

export function isForgiven({ status, allowFailure }: JobResult): boolean {
  return status === 'failed' && allowFailure;
}

/** An icon beside words that say the same. */
export function Look({ look }: { look: LookName }) {
  return (
    <span class={`status ${look}`}>
      <Shape look={look} />
    </span>
  );
}

/** The icon of a status; with `label`, also its word. */
export function Status({ status, label = false }: { status: RunStatus; label?: boolean }) {
  return <Icon look={looks[status]} text={statusText(status)} label={label} />;
}

/** The same for a job. */
export function JobStatusMark({ job, label = false }: { job: JobResult; label?: boolean }) {
  return <Icon look={jobLook(job)} text={jobText(job)} label={label} />;
}

/** An icon, and its word if `label` is set. */
export function Icon({ look, text, label }: { look: LookName; text: string; label: boolean }) {
  return (
    <span class={`status ${look}`}>
      <Shape look={look} text={label ? undefined : text} />
      {label && <span>{text}</span>}
    </span>
  );
}

/** Without a text, screen readers leave it out. */
function Shape({ look, text }: { look: LookName; text?: string }) {
  const isNamed = text !== undefined;
  return (
    <svg
      viewBox="0 0 16 16"
      width="16"
      height="16"
      role={isNamed ? 'img' : undefined}
      aria-hidden={!isNamed}
      aria-label={text}
    >
      <circle cx="8" cy="8" r="7" />
      {shapes[look]}
    </svg>
  );
}

const reasons: Readonly<Record<string, string>> = {
  script_failure: 'The script failed',
  runner_system_failure: 'The runner failed, not the job',
  job_execution_timeout: 'The job exceeded its time limit',
  stuck_or_timeout_failure: 'The runner stopped reporting on the job',
  missing_dependency_failure: 'An artifact that the job needs is missing',
  runner_unsupported: 'The runner is too old for the job',
  image_pull_failure: 'The image of the job could not be pulled',
  data_integrity_failure: 'The artifacts of the job are not valid',
  trace_size_exceeded: 'The log of the job exceeded its size limit',
  reached_max_descendant_pipelines_depth: 'Child pipelines are nested too deeply',
  reached_max_pipeline_hierarchy_size: 'The pipeline has too many child pipelines',
  downstream_pipeline_creation_failed: 'The child pipeline could not be created',
};

/** Returns why a job failed; an unknown reason as it is. */
export function reasonText({ message, failureReason = '' }: JobView): string | undefined {
  return message ?? reasons[failureReason] ?? failureReason;
}

/** Returns why no runner can take a job. */
export function stuckText({ stuck }: JobView): string {
  return `Stuck: ${stuck}`;
}

/** A publication's state, shown as the run status that looks like it. */
export const imageStatus = {
  waiting: 'pending',
  published: 'success',
  refused: 'canceled',
  failed: 'failed',
  removed: 'skipped',
} as const;
