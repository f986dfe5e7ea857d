import type { JobPlan } from '../../gitlab/index.ts';
import { matchesRunner, type PipelineRecord } from '../../pipeline/index.ts';
import type { ResourceNeeds } from '../resources/expected-resources.ts';
import type { RunnerRecord } from './runner-ledger.ts';

/** What the scheduler knows of a runner. */
export interface RunnerTraits {
  /** A number, as the runner API has it; never 0. */
  readonly id: number;
  readonly name: string;
  /** Authenticates it; undefined for runners of the store, which has only digests. */
  readonly token?: string;
  /** Jobs that it may have at once. */
  readonly concurrency: number;
  /** Of one of its jobs; 1 by default. */
  readonly cores?: number;
  /** What its machine has for all of its jobs together. Absent: not known. */
  readonly capacity?: ResourceNeeds;
  readonly tags: readonly string[];
  readonly runUntagged: boolean;
  readonly protectedOnly: boolean;
  /** Takes jobs of outsiders. */
  readonly untrusted: boolean;
  /** What it builds for pull requests of the team may be promoted. */
  readonly trusted?: boolean;
  /** Names of the stacks whose jobs it takes, or `*`; all by default. */
  readonly stacks?: readonly string[];
  /** Seconds that one of its jobs may take at most. */
  readonly maximumTimeout?: number;
  /** Whether it gets no more jobs for now. */
  readonly paused?: boolean;
  /** What the store has of it; undefined for runners of the configuration. */
  readonly record?: RunnerRecord;
  /** Why it takes no job at all, as a sentence without a full stop. */
  readonly obstacle?: string;
  /** Whether the server itself runs its jobs. */
  readonly embedded?: boolean;
  readonly sandbox?: 'always' | 'never';
  /** Why its machines take no jobs of outsiders that name an image, as a sentence without a full stop. */
  readonly imageObstacle?: string;
}

/** Of a pipeline, what decides who may take its jobs. */
export type Trusted = Pick<PipelineRecord, 'trust' | 'stack'>;

/** What decides which runners may take a job. */
export type AskedJob = Pick<JobPlan, 'kind' | 'tags' | 'image'>;

/** Whether a runner may take a job of a pipeline at all. */
export function mayTake(runner: RunnerTraits, pipeline: Trusted, job: AskedJob): boolean {
  const { trust } = pipeline;
  if (trust === 'untrusted' && job.image !== undefined && runner.imageObstacle !== undefined) return false;
  if (job.kind !== 'script' || (trust === 'untrusted' && !runner.untrusted)) return false;
  if (obstacleOf(runner) !== undefined || !isFor(runner, pipeline)) return false;
  return matchesRunner(job, runner, { protectedRef: trust === 'protected' });
}

/** Returns why a runner takes no job at all, as a sentence without a full stop. */
export function obstacleOf({ name, paused, obstacle }: RunnerTraits): string | undefined {
  return obstacle ?? (paused === true ? `Runner \`${name}\` is paused` : undefined);
}

/** Whether it takes jobs of the pipeline's stack. */
export function isFor({ stacks = ['*'] }: RunnerTraits, { stack }: Pick<PipelineRecord, 'stack'>): boolean {
  return stacks.includes('*') || stacks.includes(stack);
}
