import type { JobView, PipelineDetail } from '../../../src/protocol/index.ts';

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** What the layout needs to know of a job. */
export type ShapeJob = Pick<JobView, 'name' | 'stage' | 'needs' | 'child'>;

/** All that a layout depends on: the pipeline, and after it the pipelines that its jobs started. */
export type GraphShape = readonly { readonly id: string; readonly jobs: readonly ShapeJob[] }[];

/** Lines with any number of points. Line `i` has the points from `starts[i]` to before `starts[i + 1]`. */
export interface LineList {
  /** Indexes of the jobs at both ends of each line; -1 where a line ends at something else. */
  readonly ends: Int32Array;
  readonly starts: Int32Array;
  /** x, y, x, y, … */
  readonly points: Float32Array;
}

export interface GraphLayout {
  readonly width: number;
  readonly height: number;
  /** The size of every node. */
  readonly node: { readonly width: number; readonly height: number };
  /** Pipelines in the order of their jobs below. */
  readonly pipelines: readonly string[];
  /** Upper left corners of the jobs, pipeline by pipeline: x, y, x, y, … */
  readonly places: Float32Array;
  /** Frames around the jobs of child pipelines. */
  readonly frames: readonly { readonly pipeline: string; readonly box: Box }[];
  readonly lines: LineList;
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
