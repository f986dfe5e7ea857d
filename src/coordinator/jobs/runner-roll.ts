import { matchesRunner } from '../../engine/index.ts';
import type { JobPlan } from '../../gitlab/index.ts';
import type { Clock } from '../../kit/index.ts';
import type { PipelineRecord } from '../ports.ts';

/** What the scheduler knows of a runner. */
export interface RunnerTraits {
  /** A number, as the runner API has it; never 0. */
  readonly id: number;
  readonly name: string;
  readonly tags: readonly string[];
  readonly runUntagged: boolean;
  readonly protectedOnly: boolean;
  /** Takes jobs of outsiders. */
  readonly untrusted: boolean;
}

type Trusted = Pick<PipelineRecord, 'trust'>;

/** Milliseconds without a word after which a runner is taken for away, as GitLab has it. */
const AWAY = 2 * 3600 * 1000;

/** Whether a runner may take a job of a pipeline at all. */
export function mayTake(runner: RunnerTraits, { trust }: Trusted, job: JobPlan): boolean {
  if (job.kind !== 'script' || (trust === 'untrusted' && !runner.untrusted)) return false;
  return matchesRunner(job, runner, { protectedRef: trust === 'protected' });
}

/**
 * The runners that a server knows, and when each last said anything: at the server's start at the earliest, since nobody could
 * speak to it before.
 */
export class RunnerRoll {
  readonly #runners: readonly RunnerTraits[];
  readonly #clock: Clock;
  readonly #since: number;
  readonly #heard = new Map<string, number>();

  constructor(runners: readonly RunnerTraits[], clock: Clock) {
    this.#runners = runners;
    this.#clock = clock;
    this.#since = clock.now();
  }

  named(name: string): RunnerTraits | undefined {
    return this.#runners.find((runner) => runner.name === name);
  }

  /** A runner asked for work, or spoke of a job that it has. */
  heard(runner: string): void {
    this.#heard.set(runner, this.#clock.now());
  }

  /** Why no runner can take a script job at present, in words for people; undefined if one could. GitLab calls such jobs stuck. */
  obstacle(pipeline: Trusted, job: JobPlan): string | undefined {
    const able = this.#runners.filter((runner) => mayTake(runner, pipeline, job));
    if (able.length === 0) return this.#unmatched(pipeline, job);
    if (able.some(({ name }) => this.#clock.now() - this.#lastWord(name) < AWAY)) return undefined;
    const latest = Math.max(...able.map(({ name }) => this.#lastWord(name)));
    return `Nothing has been heard of ${named(able)} since ${new Date(latest).toISOString()}`;
  }

  #unmatched(pipeline: Trusted, job: JobPlan): string {
    const tagged = this.#runners.filter((runner) => matchesRunner(job, runner, { protectedRef: true }));
    const { tags } = job;
    if (tagged.length === 0 && tags.length === 0) return 'No runner takes jobs without tags';
    if (tagged.length === 0) return `No runner has the ${tags.length === 1 ? 'tag' : 'tags'} ${quoted(tags)}`;
    const isOnlyProtected = pipeline.trust !== 'protected' && tagged.every((runner) => runner.protectedOnly);
    return `${isOnlyProtected ? 'None but jobs of protected refs' : 'No jobs of forks'} are taken by ${named(tagged)}`;
  }

  #lastWord(runner: string): number {
    return this.#heard.get(runner) ?? this.#since;
  }
}

function named(runners: readonly RunnerTraits[]): string {
  return `${runners.length === 1 ? 'runner' : 'runners'} ${quoted(runners.map(({ name }) => name))}`;
}

function quoted(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(', ');
}
