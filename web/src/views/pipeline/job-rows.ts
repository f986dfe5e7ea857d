import type { JobView, PipelineDetail } from '../../../../src/protocol/index.ts';
import { allJobs } from '../../graph/graph-layout.ts';
import { jobState, jobStateText, jobStates, type JobState } from '../../parts/job-state.ts';
import { reasonText } from '../../parts/status.tsx';
import { SHARED, rootOfJobs, type RootedJobs } from './root-packages.ts';
import { isSetUp, setupJobs } from './setup-jobs.ts';
import { sortJobs } from './sort-jobs.ts';

export const groupings = ['pipeline', 'state', 'root'] as const;
export type Grouping = (typeof groupings)[number];

/** What of a pipeline's jobs is shown, and in which order. */
export interface JobsQuery {
  /** Empty for all. */
  readonly states: ReadonlySet<JobState>;
  readonly search: string;
  readonly order: string;
  readonly grouping: Grouping;
  /** Keys of groups that are folded, or of the setup group if that is open. */
  readonly toggled: ReadonlySet<string>;
}

export interface JobGroup {
  readonly key: string;
  readonly title: string;
  /** The child pipeline that its jobs are. */
  readonly pipeline?: string;
  readonly jobs: readonly JobView[];
  /** Jobs that only lead to others. */
  readonly isSetup?: true;
}

/** A job, or the headline of a group of them. */
export type JobRow =
  | { readonly job: JobView; readonly group?: never }
  | { readonly group: JobGroup; readonly isFolded: boolean; readonly job?: never };

/**
 * Returns the rows of the list. Groups without a job that is shown are left out, and so is the headline of a single
 * one.
 */
export function jobRows(detail: PipelineDetail, query: JobsQuery): readonly JobRow[] {
  const { states, search, order, grouping, toggled } = query;
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const isShown = (job: JobView) => (states.size === 0 || states.has(jobState(job))) && hasWords(job, words);
  const isFiltered = states.size > 0 || words.length > 0;
  const groups = groupsOf[grouping](detail)
    .map((group) => ({ ...group, jobs: group.jobs.filter(isShown) }))
    .filter(({ jobs }) => jobs.length > 0);
  const now = Date.now();
  return groups.flatMap((group): readonly JobRow[] => {
    const isFolded = toggled.has(group.key) !== (group.isSetup === true && !isFiltered && isSetUp(group.jobs));
    const jobs = isFolded ? [] : sortJobs(group.jobs, order, now).map((job) => ({ job }));
    return groups.length === 1 && !isFolded ? jobs : [{ group, isFolded }, ...jobs];
  });
}

const groupsOf: Readonly<Record<Grouping, (detail: PipelineDetail) => readonly JobGroup[]>> = {
  pipeline: (detail) => {
    const [setup, others] = withoutSetup(detail);
    return [
      setup,
      { key: detail.id, title: 'Jobs', jobs: others },
      ...detail.children.map(({ id, jobs }) => ({ key: id, title: `Pipeline ${id}`, pipeline: id, jobs })),
    ];
  },
  state: (detail) => {
    const groups = grouped(allJobs(detail), jobState);
    return jobStates.map((state) => ({ key: state, title: jobStateText(state), jobs: groups.get(state) ?? [] }));
  },
  root: (detail) => {
    const [setup, others] = withoutSetup(detail);
    return [setup, ...[{ ...detail, jobs: others }, ...detail.children].flatMap(rootGroups)];
  },
};

function withoutSetup({ jobs }: PipelineDetail): readonly [JobGroup, readonly JobView[]] {
  const setup = setupJobs(jobs);
  return [
    { key: 'setup', title: 'Setup', jobs: jobs.filter((job) => setup.has(job)), isSetup: true },
    jobs.filter((job) => !setup.has(job)),
  ];
}

function rootGroups(pipeline: RootedJobs & { readonly id: string }): readonly JobGroup[] {
  const { id, jobs } = pipeline;
  const roots = rootOfJobs(pipeline);
  return [...grouped(jobs, ({ name }) => roots.get(name) ?? SHARED)].map(([root, members]) => ({
    key: `${id}/${root}`,
    title: root === SHARED ? 'Needed by several' : root,
    jobs: members,
  }));
}

function grouped<Key>(jobs: readonly JobView[], keyOf: (job: JobView) => Key): ReadonlyMap<Key, readonly JobView[]> {
  const groups = new Map<Key, JobView[]>();
  for (const job of jobs) {
    const key = keyOf(job);
    const members = groups.get(key);
    if (members === undefined) groups.set(key, [job]);
    else members.push(job);
  }
  return groups;
}

const textsKept = new WeakMap<JobView, string>();

function hasWords(job: JobView, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  let text = textsKept.get(job);
  if (text === undefined) {
    text = [job.name, job.stage, job.runner, reasonText(job), job.stuck].join('\n').toLowerCase();
    textsKept.set(job, text);
  }
  return words.every((word) => text.includes(word));
}
