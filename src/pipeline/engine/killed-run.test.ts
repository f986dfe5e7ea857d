import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { plans } from '../../../test/support/random-plans.ts';
import type { PipelinePlan } from '../../gitlab/index.ts';
import { createPipeline } from './create-pipeline.ts';
import type { Effect } from './effect.ts';
import type { PipelineEvent } from './event.ts';
import { outstandingEffects } from './outstanding-effects.ts';
import type { JobState, PipelineState } from './pipeline-state.ts';
import { grantResources } from './resource-queue.ts';
import { transition } from './transition.ts';

const at = '2026-01-01T00:00:00.000Z';

/**
 * A server and its runners in small: events are stored, then their effects carried out in order. How a job ends depends
 * on its name and on how often it was retried, not on when it runs.
 */
class World {
  readonly #seed: number;
  readonly #killAfter: number;
  readonly #open: Effect[] = [];
  #stored: { state: PipelineState; events: number };

  constructor(plan: PipelinePlan, seed: number, killAfter: number) {
    this.#seed = seed;
    this.#killAfter = killAfter;
    this.#stored = { state: createPipeline('p', plan), events: 0 };
  }

  run(): Readonly<Record<string, string>> {
    this.#send({ type: 'started', at });
    for (let effect = this.#open.shift(); effect !== undefined; effect = this.#open.shift())
      for (const event of this.#answers(effect)) this.#send(event);
    return Object.fromEntries(Object.values(this.#stored.state.jobs).map((job) => [job.name, job.status]));
  }

  /** Once so many events are stored, all that is not stored is lost. */
  #send(event: PipelineEvent): void {
    const { state, effects } = transition(this.#stored.state, event);
    if (state === this.#stored.state) return;
    this.#stored = { state, events: this.#stored.events + 1 };
    this.#open.push(...effects);
    if (this.#stored.events === this.#killAfter) this.#restart();
  }

  #restart(): void {
    const state = JSON.parse(JSON.stringify(this.#stored.state)) as PipelineState;
    this.#stored = { ...this.#stored, state };
    this.#open.length = 0;
    const lost = Object.values(state.jobs).filter((job) => job.status === 'running' && job.child === undefined);
    for (const { name: job, attempt } of lost) this.#send({ type: 'job-requeued', job, attempt, at });
    for (const job of Object.values(state.jobs)) if (job.status === 'running') this.#endChild(job);
    this.#open.push(...outstandingEffects(this.#stored.state));
  }

  #endChild({ name: job, child, retriesUsed }: JobState): void {
    if (child !== undefined)
      this.#send({ type: 'child-finished', job, pipeline: child, status: this.#outcome(job, retriesUsed), at });
  }

  #answers(effect: Effect): readonly PipelineEvent[] {
    if (effect.type === 'request-resource' || effect.type === 'release-resource')
      return grantResources([this.#stored.state]).map(({ job, attempt }) => ({
        type: 'resource-granted',
        job,
        attempt,
        at,
      }));
    if (effect.type === 'schedule-job') return [{ type: 'play', job: effect.job, at }];
    if (effect.type !== 'offer-job' && effect.type !== 'start-child') return [];
    const { job, attempt } = effect;
    const outcome = this.#outcome(job, this.#stored.state.jobs[job]?.retriesUsed ?? 0);
    const child = `${job}.${attempt}`;
    if (effect.type === 'start-child')
      return [
        { type: 'child-created', job, attempt, pipeline: child, at },
        { type: 'child-finished', job, pipeline: child, status: outcome, at },
      ];
    const end = { job, attempt, outcome, failureReason: 'script_failure', exitCode: 1, at } as const;
    return [
      { type: 'job-assigned', job, attempt, runner: 'r', at },
      { type: 'job-finished', ...end },
    ];
  }

  #outcome(job: string, retriesUsed: number): 'success' | 'failed' {
    return (this.#seed + Number(job.slice(1)) * 7 + retriesUsed * 3) % 4 === 0 ? 'failed' : 'success';
  }
}

test('killed after any event, the run ends as if it had not been', () => {
  fc.assert(
    fc.property(plans, fc.nat(50), fc.integer({ min: 1, max: 60 }), (plan, seed, killAfter) => {
      expect(new World(plan, seed, killAfter).run()).toEqual(new World(plan, seed, Infinity).run());
    }),
    { numRuns: 200 },
  );
});
