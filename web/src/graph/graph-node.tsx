import type { JobView } from '../../../src/protocol/index.ts';
import { JobStatusMark, jobLook, jobText, stuckText } from '../parts/status.tsx';
import { DurationText } from '../parts/times.tsx';
import { linkTo } from '../router.ts';
import { nodeName } from './graph-layout.ts';

interface NodeOptions {
  readonly job: JobView;
  /** Index of the job in the layout. */
  readonly index: number;
  /** Where it is, in pixels of its container. */
  readonly place: { readonly x: number; readonly y: number; readonly width?: number; readonly height?: number };
  /** Whether Tab leads to it. The arrow keys make another job the current one. */
  readonly isCurrent: boolean;
  /** Further classes. */
  readonly class?: string;
}

/** A job as a link to its page, or to the pipeline that it started. */
export function GraphNode({ job, index, place, isCurrent, class: more = '' }: NodeOptions) {
  const name = nodeName(job.name);
  const state = job.stuck === undefined ? jobText(job) : 'stuck';
  const address = addressOf(job);
  const { x, y, width, height } = place;
  return (
    <a
      class={`node ${jobLook(job)} ${more}`}
      title={`${job.name}: ${job.stuck === undefined ? state : stuckText(job)}`}
      style={{
        left: `${x}px`,
        top: `${y}px`,
        width: width === undefined ? undefined : `${width}px`,
        minWidth: width === undefined ? undefined : `${width}px`,
        height: height === undefined ? undefined : `${height}px`,
      }}
      href={address}
      role={address === undefined ? 'link' : undefined}
      aria-disabled={address === undefined ? true : undefined}
      data-job={index}
      data-current={isCurrent ? '' : undefined}
      tabIndex={isCurrent ? 0 : -1}
    >
      <JobStatusMark job={job} />
      <span class="node-name">{name}</span>
      <span class="node-detail">
        {job.startedAt === undefined ? state : <DurationText from={job.startedAt} to={job.finishedAt} />}
        {job.name.slice(name.length)}
      </span>
    </a>
  );
}

/** Returns the page of a job; undefined while it has none. */
export function addressOf(job: JobView): string | undefined {
  if (job.child !== undefined) return linkTo.pipeline(job.child);
  return job.id === '' || job.kind === 'trigger' ? undefined : linkTo.job(job.id);
}
