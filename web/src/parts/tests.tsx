import type { JobDetail } from '../../../src/protocol/index.ts';

type Counted = NonNullable<JobDetail['tests']>;

/** Returns the number of tests of a job by result. */
export function testsText({ total, failed, errored, skipped }: Counted): string {
  const bad = failed + errored;
  const counts = [bad > 0 ? `${bad} of ${total} failed` : `${total - skipped} passed`];
  return [...counts, ...(skipped > 0 ? [`${skipped} skipped`] : [])].join(', ');
}
