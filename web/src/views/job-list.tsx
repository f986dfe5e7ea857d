import type { JobView, PipelineDetail } from '../../../src/protocol/index.ts';
import { JobStatusMark, stuckText } from '../parts/status.tsx';
import { Table } from '../parts/table.tsx';
import { RunTime } from '../parts/times.tsx';
import { linkTo } from '../router.ts';
import '../style/jobs.css';

/** Jobs as a table. The jobs of a child pipeline follow the job that started it. */
export function JobTable({ detail }: { detail: PipelineDetail }) {
  return (
    <Table label="Jobs" class="jobs" columns={['Job', 'Status', 'Stage', 'Duration', 'Runner']}>
      <Rows detail={detail} jobs={detail.jobs} depth={0} />
    </Table>
  );
}

function Rows({ detail, jobs, depth }: { detail: PipelineDetail; jobs: readonly JobView[]; depth: number }) {
  return (
    <>
      {jobs.map((job) => {
        const child = detail.children.find(({ id }) => id === job.child);
        return (
          <>
            <JobRow key={job.name} job={job} depth={depth} />
            {child !== undefined && <Rows detail={detail} jobs={child.jobs} depth={depth + 1} />}
          </>
        );
      })}
    </>
  );
}

function JobRow({ job, depth }: { job: JobView; depth: number }) {
  const hasPage = job.kind === 'script' && job.id !== '';
  return (
    <tr>
      <th scope="row" class={`depth-${Math.min(depth, 3)}`}>
        {hasPage ? <a href={linkTo.job(job.id)}>{job.name}</a> : job.name}
        {job.attempt > 1 && <span class="tag">attempt {job.attempt}</span>}
        {job.child !== undefined && (
          <a class="tag" href={linkTo.pipeline(job.child)}>
            pipeline {job.child}
          </a>
        )}
      </th>
      <td>
        <JobStatusMark job={job} label />
        {job.stuck !== undefined && (
          <span class="tag" title={stuckText(job)}>
            stuck
          </span>
        )}
      </td>
      <td class="faint">{job.stage}</td>
      <td>
        <RunTime from={job.startedAt} to={job.finishedAt} status={job.status} />
      </td>
      <td class="faint">{job.runner}</td>
    </tr>
  );
}
