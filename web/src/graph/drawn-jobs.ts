import type { JobView, PipelineDetail } from '../../../src/protocol/index.ts';
import { jobLook } from '../parts/status.tsx';
import type { GraphLayout } from './graph-layout.ts';

type Look = ReturnType<typeof jobLook>;

/** The jobs of the graph by their indexes in its layout. */
export interface DrawnJobs {
  readonly jobs: readonly JobView[];
  readonly looks: readonly Look[];
  /** Jobs to jump to, by what they have in common, the most urgent first. */
  readonly groups: readonly { readonly name: string; readonly jobs: readonly number[] }[];
  readonly critical: ReadonlySet<number>;
}

/** Groups that are offered to jump to, by the looks of their jobs. */
const GROUPS: readonly (readonly [name: string, look: Look])[] = [
  ['failed', 'failed'],
  ['running', 'running'],
  ['pending', 'pending'],
];

interface Shown {
  readonly layout: GraphLayout;
  /** Ids of the jobs on the critical path, in their order. */
  readonly path: readonly string[];
}

/** Prepares what a pipeline's graph shows: the jobs that its layout has places for. */
export function drawnJobs(detail: PipelineDetail, { layout, path }: Shown): DrawnJobs {
  const pipelines = new Map([detail, ...detail.children].map(({ id, jobs: own }) => [id, own]));
  const jobs = layout.pipelines.flatMap((id) => pipelines.get(id) ?? []);
  const looks = jobs.map(jobLook);
  const indexes = new Map(jobs.map(({ id }, index) => [id, index]));
  const critical = path.flatMap((id) => indexes.get(id) ?? []);
  const groups = GROUPS.map(([name, look]) => ({
    name,
    jobs: looks.flatMap((one, index) => (one === look ? [index] : [])),
  }));
  return {
    jobs,
    looks,
    groups: [...groups, { name: 'critical path', jobs: critical }].filter((group) => group.jobs.length > 0),
    critical: new Set(critical),
  };
}

/** Returns the jobs whose names contain a text; undefined without one. */
export function matchingJobs({ jobs }: DrawnJobs, text: string): readonly number[] | undefined {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return undefined;
  return jobs.flatMap(({ name }, index) => (name.toLowerCase().includes(wanted) ? [index] : []));
}
