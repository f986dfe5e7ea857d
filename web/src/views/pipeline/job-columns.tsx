import type { JobView } from '../../../../src/protocol/index.ts';
import { JobStatusMark, reasonText, stuckText } from '../../parts/status.tsx';
import { Ago, DurationText } from '../../parts/times.tsx';
import type { Column } from '../../parts/virtual-list.tsx';
import { linkTo } from '../../router.ts';
import type { JobRow } from './job-rows.ts';

type Cell = (job: JobView) => ReturnType<Column<JobRow>['cell']>;

const cells: readonly (readonly [name: string, title: string, cell: Cell])[] = [
  ['name', 'Job', (job) => <Name job={job} />],
  ['state', 'Status', (job) => <State job={job} />],
  ['stage', 'Stage', ({ stage }) => stage],
  ['waiting', 'Waited', (job) => <Waited job={job} />],
  ['duration', 'Duration', ({ startedAt, finishedAt }) => <DurationText from={startedAt} to={finishedAt} />],
  ['started', 'Started', ({ startedAt }) => startedAt !== undefined && <Ago at={startedAt} />],
  ['runner', 'Runner', ({ runner }) => runner],
];

/** The columns of the list of jobs. */
export const jobColumns: readonly Column<JobRow>[] = cells.map(([name, title, cell]) => ({
  name,
  title,
  cell: ({ job }) => job && cell(job),
  isSortable: true,
}));

function Name({ job }: { job: JobView }) {
  const hasPage = job.kind === 'script' && job.id !== '';
  return (
    <>
      {hasPage ? (
        <a href={linkTo.job(job.id)} title={job.name}>
          {job.name}
        </a>
      ) : (
        <span title={job.name}>{job.name}</span>
      )}
      {job.attempt > 1 && <span class="tag">attempt {job.attempt}</span>}
      {job.child !== undefined && (
        <a class="tag" href={linkTo.pipeline(job.child)}>
          pipeline {job.child}
        </a>
      )}
    </>
  );
}

function State({ job }: { job: JobView }) {
  return (
    <span title={job.status === 'failed' ? reasonText(job) : undefined}>
      <JobStatusMark job={job} label />
      {job.stuck !== undefined && (
        <span class="tag" title={stuckText(job)}>
          stuck
        </span>
      )}
    </span>
  );
}

/** How long a job has waited for a runner; nothing for one that does not wait for it. */
function Waited({ job: { queuedAt, startedAt, finishedAt, status } }: { job: JobView }) {
  if (startedAt === undefined && status !== 'pending') return null;
  return <DurationText from={queuedAt} to={startedAt ?? finishedAt} />;
}
