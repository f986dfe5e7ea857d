import type { JobView, PipelineDetail } from '../../../src/protocol/index.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Box extends Point {
  readonly width: number;
  readonly height: number;
}

export interface GraphLayout {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly { readonly key: string; readonly box: Box }[];
  /** Frames around the jobs of child pipelines. */
  readonly frames: readonly { readonly pipeline: string; readonly box: Box }[];
  readonly edges: readonly { readonly key: string; readonly points: readonly Point[] }[];
}

/** Returns the jobs of a pipeline and of all its children. */
export function allJobs({ jobs, children }: PipelineDetail): readonly JobView[] {
  return [...jobs, ...children.flatMap((child) => child.jobs)];
}

/** Returns the key of a job's node: its name is unique in its pipeline only. */
export function nodeKey(job: Pick<JobView, 'pipeline' | 'name'>): string {
  return `${job.pipeline}/${job.name}`;
}

/** Returns the first part of a job's name: the package, without its hash. */
export function nodeName(name: string): string {
  return name.split(' ', 1)[0] ?? name;
}
