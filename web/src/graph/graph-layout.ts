import type { JobView } from '../../../src/protocol/index.ts';

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface GraphLayout {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly { readonly key: string; readonly box: Box }[];
  /** Children: the frame around the jobs of one pipeline. */
  readonly frames: readonly { readonly pipeline: string; readonly box: Box }[];
  readonly edges: readonly { readonly key: string; readonly points: readonly Point[] }[];
}

export function keyOf(job: Pick<JobView, 'pipeline' | 'name'>): string {
  return `${job.pipeline}/${job.name}`;
}

/** What of a job's name stands first in its node: the package, without its hash and the like. */
export function nodeName(name: string): string {
  return name.split(' ', 1)[0] ?? name;
}
