import type { JobView, PipelineDetail } from '../../../../src/protocol/index.ts';
import { allJobs, nodeKey } from '../../graph/graph-layout.ts';
import { JobStatusMark, stuckText } from '../../parts/status.tsx';
import { RunTime } from '../../parts/times.tsx';
import { VirtualList, type Column } from '../../parts/virtual-list.tsx';
import { linkTo } from '../../router.ts';
import '../../style/jobs.css';

const columns: readonly Column<JobView>[] = [
  { name: 'name', title: 'Job', cell: (job) => <Name job={job} /> },
  { name: 'state', title: 'Status', cell: (job) => <State job={job} /> },
  { name: 'stage', title: 'Stage', cell: ({ stage }) => stage },
  {
    name: 'duration',
    title: 'Duration',
    cell: ({ startedAt, finishedAt, status }) => <RunTime from={startedAt} to={finishedAt} status={status} />,
  },
  { name: 'runner', title: 'Runner', cell: ({ runner }) => runner },
];

/** The jobs of a pipeline and of its children as a list. */
export function JobsTab({ detail }: { detail: PipelineDetail }) {
  return <VirtualList label="Jobs" class="jobs" columns={columns} rows={allJobs(detail)} keyOf={nodeKey} />;
}

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
    <>
      <JobStatusMark job={job} label />
      {job.stuck !== undefined && (
        <span class="tag" title={stuckText(job)}>
          stuck
        </span>
      )}
    </>
  );
}
