import type { FailedJobs } from '../../../../src/protocol/index.ts';
import { Empty } from '../../parts/page-parts.tsx';

/** How many jobs failed for each kind of reason. */
export function FailureClasses({ failures }: { failures: readonly FailedJobs[] }) {
  const most = Math.max(...failures.map(({ jobs }) => jobs));
  if (failures.length === 0) return <Empty>No job failed in this time.</Empty>;
  return (
    <ul class="failure-classes">
      {failures.map(({ class: kind, jobs }) => (
        <li key={kind}>
          <span>{kind}</span>
          <span class="failure-share" aria-hidden="true">
            <span style={{ width: `${(100 * jobs) / most}%` }} />
          </span>
          <span class="number">
            {jobs.toLocaleString()} {jobs === 1 ? 'job' : 'jobs'}
          </span>
        </li>
      ))}
    </ul>
  );
}
