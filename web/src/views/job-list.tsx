import type { JobView, PipelineDetail } from '../../../src/protocol/index.ts';
import { JobStatusMark, stuckText } from '../parts/status.tsx';
import { RunTime } from '../parts/times.tsx';
import { linkTo } from '../router.ts';

/** Jobs as a table; those of a child pipeline below the job that started it. */
export function JobTable({ detail }: { detail: PipelineDetail }) {
  return (
    <div class="table-box" tabIndex={0} role="region" aria-label="Jobs">
      <table class="jobs">
        <thead>
          <tr>
            <th scope="col">Job</th>
            <th scope="col">Status</th>
            <th scope="col">Stage</th>
            <th scope="col">Duration</th>
            <th scope="col">Runner</th>
          </tr>
        </thead>
        <tbody>
          <Rows detail={detail} jobs={detail.jobs} depth={0} />
        </tbody>
      </table>
    </div>
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
  const address = job.kind === 'script' && job.id !== '' ? linkTo.job(job.id) : undefined;
  return (
    <tr>
      <th scope="row" class={`depth-${Math.min(depth, 3)}`}>
        {address === undefined ? job.name : <a href={address}>{job.name}</a>}
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
      <td class="faint">{job.runner ?? ''}</td>
    </tr>
  );
}
