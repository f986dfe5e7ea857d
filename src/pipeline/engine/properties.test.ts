import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyPlans } from '../../../test/support/random-plans.ts';
import type { PipelinePlan } from '../../gitlab/index.ts';
import { createPipeline } from './create-pipeline.ts';
import type { PipelineEvent } from './event.ts';
import { holdsResource, isFinal } from './job-status.ts';
import { outstandingEffects } from './outstanding-effects.ts';
import { PipelineMachine } from './pipeline-machine.ts';
import type { Effect } from './effect.ts';
import type { PipelineState } from './pipeline-state.ts';
import { grantResources } from './resource-queue.ts';
import { transition, transitionAll } from './transition.ts';

const at = '2026-01-01T00:00:00.000Z';
/** What the world may answer to the state as it is; `pick` chooses. */
function nextEvent(state: PipelineState, pick: number, outcome: number): PipelineEvent | undefined {
  const open = Object.values(state.jobs).filter(
    (job) => !isFinal(job.status) && job.status !== 'created' && (job.status !== 'manual' || pick % 2 === 0),
  );
  const job = open[pick % Math.max(open.length, 1)];
  if (job === undefined) return undefined;
  const { name, attempt, status } = job;
  if (status === 'manual' || status === 'scheduled') return { type: 'play', job: name, at };
  if (status === 'waiting_for_resource') {
    const [grant] = grantResources([state]);
    return grant === undefined ? undefined : { type: 'resource-granted', job: grant.job, attempt: grant.attempt, at };
  }
  const isTrigger = state.plan.jobs.find((one) => one.name === name)?.kind === 'trigger';
  const ended = (['success', 'success', 'failed', 'canceled'] as const)[outcome % 4] ?? 'success';
  if (isTrigger) {
    if (status !== 'pending')
      return { type: 'child-finished', job: name, pipeline: job.child ?? '', status: ended, at };
    if (outcome % 5 === 0) return { type: 'child-failed', job: name, attempt, message: 'no', at };
    return { type: 'child-created', job: name, attempt, pipeline: `${name}.${attempt}`, at };
  }
  if (status === 'pending' && outcome % 7 !== 0) return { type: 'job-assigned', job: name, attempt, runner: 'r', at };
  if (status === 'running' && outcome % 11 === 0) return { type: 'job-requeued', job: name, attempt, at };
  return { type: 'job-finished', job: name, attempt, outcome: ended, failureReason: 'script_failure', exitCode: 1, at };
}

const choices = fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 60 });

/** The pick, and after it every other, since a job that waits for a resource may have nothing to be notified of. */
function openPicks(state: PipelineState, pick: number): readonly number[] {
  return [pick, ...Object.keys(state.jobs).keys()];
}

function play(plan: PipelinePlan, picks: readonly (readonly [number, number])[], steps = 400) {
  let state = createPipeline('p', plan);
  const events: PipelineEvent[] = [{ type: 'started', at }];
  const states = [state];
  for (let step = 0; step < steps; step += 1) {
    const event = events[step];
    if (event === undefined) break;
    state = transition(state, event).state;
    states.push(state);
    const [pick, outcome] = picks[step % picks.length] as [number, number];
    const next = openPicks(state, pick)
      .map((one) => nextEvent(state, one, outcome + step))
      .find((event_) => event_ !== undefined);
    if (next !== undefined) events.push(next);
  }
  return { state, events, states };
}

describe('whatever happens', () => {
  test('a pipeline whose jobs are all dealt with ends, and ends with every job ended', () => {
    fc.assert(
      fc.property(anyPlans, choices, (plan, picks) => {
        const { state } = play(plan, picks);
        expect(Object.values(state.jobs).filter((job) => !isFinal(job.status))).toEqual([]);
        expect(isFinal(state.status)).toBe(true);
      }),
    );
  });

  test('an ended job stays as it is, unless a person plays one that it waits for; an attempt never goes back', () => {
    fc.assert(
      fc.property(anyPlans, choices, (plan, picks) => {
        const { states, events } = play(plan, picks);
        for (const [index, state] of states.entries()) {
          for (const before of Object.values(states[index - 1]?.jobs ?? {})) {
            const after = state.jobs[before.name];
            const isRevived = before.status === 'skipped' && events[index - 1]?.type === 'play';
            if (isFinal(before.status) && !isRevived) expect(after).toEqual(before);
            expect(after?.attempt).toBeGreaterThanOrEqual(before.attempt);
          }
        }
      }),
    );
  });

  test('the same events give the same state, one by one, together, and after a restart between any two', () => {
    fc.assert(
      fc.property(anyPlans, choices, (plan, picks) => {
        const { state, events } = play(plan, picks);
        const fresh = createPipeline('p', plan);
        expect(transitionAll(fresh, events).state).toEqual(state);
        const restarted = events.reduce(
          (one, event) => transition(JSON.parse(JSON.stringify(one)) as PipelineState, event).state,
          fresh,
        );
        expect(restarted).toEqual(JSON.parse(JSON.stringify(state)));
      }),
    );
  });

  test('a machine that is kept says and becomes the same as the pure function, event by event', () => {
    fc.assert(
      fc.property(anyPlans, choices, (plan, picks) => {
        let state = createPipeline('p', plan);
        const machine = new PipelineMachine(state);
        for (const event of play(plan, picks).events) {
          const pure = transition(state, event);
          state = pure.state;
          // Jobs that settle by one event settle together: the order in which they are named is not specified.
          expect(inOrder(machine.apply(event))).toEqual(inOrder(pure.effects));
          const { id, jobs, status, cancelReason } = machine;
          expect({ id, plan, jobs, status, cancelReason }).toEqual(state);
        }
      }),
    );
  });

  test('no two jobs have the resource of one group, and a resource that is given back goes to one that waits', () => {
    fc.assert(
      fc.property(anyPlans, choices, (plan, picks) => {
        for (const state of play(plan, picks).states) {
          for (const group of ['r', 's']) {
            const members = plan.jobs.filter((job) => job.resourceGroup === group).map((job) => state.jobs[job.name]);
            const holders = members.filter((job) => job !== undefined && holdsResource(job.status));
            expect(holders.length).toBeLessThan(2);
            const isWaited = members.some((job) => job?.status === 'waiting_for_resource');
            const grants = grantResources([state]).filter((grant) => members.some((job) => job?.name === grant.job));
            expect(grants).toHaveLength(isWaited && holders.length === 0 ? 1 : 0);
          }
        }
      }),
    );
  });

  test('an event that comes twice changes nothing the second time', () => {
    fc.assert(
      fc.property(anyPlans, choices, (plan, picks) => {
        let state = createPipeline('p', plan);
        for (const event of play(plan, picks).events) {
          state = transition(state, event).state;
          expect(transition(state, event)).toEqual({ state, effects: [] });
        }
      }),
    );
  });

  test('a job begins only when every job that it needs has succeeded, or was allowed to fail', () => {
    fc.assert(
      fc.property(anyPlans, choices, (plan, picks) => {
        const { states } = play(plan, picks);
        for (const job of plan.jobs.filter((one) => one.needs !== undefined && one.when === 'on_success')) {
          const begun = states.find((state) => state.jobs[job.name]?.status === 'pending');
          for (const need of begun === undefined ? [] : (job.needs ?? [])) {
            const isAllowed = plan.jobs.find((one) => one.name === need.job)?.allowFailure === true;
            expect(isAllowed ? ['success', 'failed', 'canceled'] : ['success']).toContain(
              begun?.jobs[need.job]?.status,
            );
          }
        }
      }),
    );
  });

  test('every job that waits for a runner or person is among the outstanding effects', () => {
    fc.assert(
      fc.property(anyPlans, choices, fc.nat(60), (plan, picks, steps) => {
        const { state } = play(plan, picks, steps + 1);
        const waiting = Object.values(state.jobs).filter((job) =>
          ['pending', 'waiting_for_resource', 'scheduled', 'canceling'].includes(job.status),
        );
        const outstanding = outstandingEffects(state).flatMap((effect) => ('job' in effect ? [effect.job] : []));
        expect(outstanding).toEqual(waiting.map((job) => job.name));
      }),
    );
  });

  test('cancelling at any point leaves only what must be stopped', () => {
    fc.assert(
      fc.property(anyPlans, choices, fc.nat(60), (plan, picks, steps) => {
        const { state } = play(plan, picks, steps);
        const cancelled = transition(state, { type: 'cancel', reason: 'x', at });
        const open = Object.values(cancelled.state.jobs).filter((job) => !isFinal(job.status));
        expect(open.every((job) => job.status === 'canceling')).toBe(true);
        const notified = cancelled.effects.filter(
          (effect) => effect.type === 'cancel-job' || effect.type === 'cancel-child',
        );
        // A failure that ends the rest may have notified some of them before.
        const stopped = open.filter(({ name }) => state.jobs[name]?.status !== 'canceling');
        expect(notified).toHaveLength(stopped.length);
      }),
    );
  });
});

function inOrder(effects: readonly Effect[]): readonly string[] {
  return effects.map((effect) => JSON.stringify(effect)).toSorted();
}
