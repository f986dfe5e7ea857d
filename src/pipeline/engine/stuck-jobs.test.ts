import { expect, test } from 'vitest';
import { readPipeline } from '../../gitlab/index.ts';
import { createPipeline } from './create-pipeline.ts';
import type { PipelineState } from './pipeline-state.ts';
import { stuckJobs, type WaitingRoom } from './stuck-jobs.ts';
import { transition, transitionAll } from './transition.ts';

const at = '2026-01-01T00:00:00.000Z';
const yaml = `
tagged: { script: x, tags: [gpu], retry: { max: 1, when: stuck_or_timeout_failure } }
plain: { script: x }
taken: { script: x, tags: [gpu] }
child: { trigger: { include: child.yml } }
by-hand: { script: x, tags: [gpu], when: manual }
later: { stage: deploy, script: x, tags: [gpu] }
`;

function started(): PipelineState {
  const { plan } = readPipeline(yaml, 'ci.yml', { variables: {}, source: 'push' });
  if (plan === undefined) throw new Error('no plan');
  return transitionAll(createPipeline('1', plan), [
    { type: 'started', at },
    { type: 'job-assigned', job: 'taken', attempt: 1, runner: 'r', at },
  ]).state;
}

function stuck(state: PipelineState, seconds: number, limits = { stuckLimit: 3600, pendingLimit: 86_400 }) {
  const now = Date.parse(at) + seconds * 1000;
  const passedSince = (moment: number) => now - moment;
  const obstacle: WaitingRoom['obstacle'] = ({ tags }) => (tags.length > 0 ? 'no such runner' : undefined);
  return stuckJobs(state, { now, passedSince, obstacle, ...limits });
}

const names = (events: ReturnType<typeof stuckJobs>) => events.map((event) => ('job' in event ? event.job : ''));

test('a job that no runner can take ends after its limit, and no job that one could take', () => {
  expect(stuck(started(), 3599)).toEqual([]);
  expect(names(stuck(started(), 3600))).toEqual(['tagged']);
});

test('any job that waits for a runner ends after a longer one', () => {
  expect(names(stuck(started(), 86_399))).toEqual(['tagged']);
  expect(names(stuck(started(), 86_400))).toEqual(['tagged', 'plain']);
});

test('a limit of 0 lets them wait', () => {
  expect(stuck(started(), 1e7, { stuckLimit: 0, pendingLimit: 0 })).toEqual([]);
  expect(names(stuck(started(), 1e7, { stuckLimit: 0, pendingLimit: 1 }))).toEqual(['tagged', 'plain']);
});

test('the failure is one that `retry` knows, says why, and counts from the new attempt', () => {
  const [first] = stuck(started(), 3600);
  const again = transition(started(), first!).state;
  expect(again.jobs['tagged']).toMatchObject({ status: 'pending', attempt: 2 });
  expect(stuck(again, 7199)).toEqual([]);
  const [second] = stuck(again, 7200);
  expect(transition(again, second!).state.jobs['tagged']).toMatchObject({
    status: 'failed',
    attempt: 2,
    failureReason: 'stuck_or_timeout_failure',
    message: 'no such runner',
  });
});
