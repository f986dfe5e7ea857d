import type { JobView } from '../../../../src/protocol/index.ts';
import { formatDuration } from '../../format.ts';
import { JobStatusMark } from '../../parts/status.tsx';
import { RunTime } from '../../parts/times.tsx';
import { linkTo } from '../../router.ts';

interface SetupLineOptions {
  /** The jobs that made the child pipelines, and those that started them. */
  readonly jobs: readonly JobView[];
  /** When the pipeline began. */
  readonly from: string;
}

/** How long it took until the children of a pipeline were there, in one line that opens to the jobs of the setup. */
export function SetupLine({ jobs, from }: SetupLineOptions) {
  return (
    <details class="setup">
      <summary>{setupText({ jobs, from })}</summary>
      <ul>
        {jobs.map((job) => (
          <li key={job.name}>
            <JobStatusMark job={job} label />{' '}
            {job.kind === 'script' && job.id !== '' ? <a href={linkTo.job(job.id)}>{job.name}</a> : job.name}{' '}
            <RunTime from={job.startedAt} to={job.finishedAt} status={job.status} />
          </li>
        ))}
      </ul>
    </details>
  );
}

/** The time until the last script has ended: a trigger runs until its child has. */
export function setupText({ jobs, from }: SetupLineOptions): string {
  const scripts = jobs.filter(({ kind }) => kind === 'script');
  if (scripts.some(({ status }) => status === 'failed')) return 'The setup of the pipeline failed';
  const ends = scripts.map(({ finishedAt }) => finishedAt);
  if (ends.length === 0 || ends.includes(undefined)) return 'Setup of the pipeline';
  const last = Math.max(...ends.map((end) => Date.parse(end as string)));
  return `Pipeline set up in ${formatDuration(last - Date.parse(from))}`;
}
