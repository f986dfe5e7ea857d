import type { JobView } from '../../../../src/protocol/index.ts';
import { jobState, jobStates } from '../../parts/job-state.ts';

type Value = string | number | undefined;

/** What jobs are sorted by: the names of the columns. */
const values: Readonly<Record<string, (job: JobView, now: number) => Value>> = {
  name: ({ name }) => name,
  state: (job) => jobStates.indexOf(jobState(job)),
  stage: ({ stage }) => stage,
  waiting: waitingOf,
  duration: ({ startedAt, finishedAt }, now) => elapsed(startedAt, finishedAt, now),
  started: ({ startedAt }) => startedAt,
  runner: ({ runner }) => runner,
};

/** Sorts jobs by a column, or as `-column`; those without a value come last. Any other order is that of the plan. */
export function sortJobs(jobs: readonly JobView[], order: string, now: number): readonly JobView[] {
  const valueOf = values[order.replace(/^-/, '')];
  if (valueOf === undefined) return jobs;
  const sign = order.startsWith('-') ? -1 : 1;
  return jobs
    .map((job) => ({ job, value: valueOf(job, now) }))
    .toSorted((a, b) => {
      if (a.value === undefined || b.value === undefined)
        return Number(a.value === undefined) - Number(b.value === undefined);
      return a.value === b.value ? 0 : a.value < b.value ? -sign : sign;
    })
    .map(({ job }) => job);
}

/** Returns the milliseconds that a job waited for a runner, or has been waiting. */
function waitingOf({ queuedAt, startedAt, finishedAt }: JobView, now: number): number | undefined {
  return elapsed(queuedAt, startedAt ?? finishedAt, now);
}

function elapsed(from: string | undefined, to: string | undefined, now: number): number | undefined {
  return from === undefined ? undefined : (to === undefined ? now : Date.parse(to)) - Date.parse(from);
}
