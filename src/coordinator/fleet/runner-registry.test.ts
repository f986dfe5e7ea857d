import { expect, test } from 'vitest';
import { readPipeline } from '../../gitlab/index.ts';
import { Database, createRunnerLedger } from '../../store/index.ts';
import type { ConfiguredTraits } from './known-runners.ts';
import { RunnerRegistry } from './runner-registry.ts';

const traits: ConfiguredTraits = {
  id: 1,
  name: 'one',
  token: 't',
  concurrency: 1,
  tags: [],
  runUntagged: true,
  protectedOnly: false,
  untrusted: false,
};

function obstacle(runners: readonly Partial<ConfiguredTraits>[], job: string, trust: 'protected' | 'untrusted') {
  const { plan } = readPipeline(`job: ${job}\n`, 'ci.yml', { variables: {}, source: 'push' });
  const registry = new RunnerRegistry(
    runners.map((one) => ({ ...traits, ...one })),
    { now: () => 0 },
    createRunnerLedger(new Database(':memory:')),
  );
  return registry.obstacle({ trust, stack: 'lab' }, plan!.jobs[0]!);
}

test('why no runner can take a job names what stands in the way', () => {
  const plain = '{ script: x }';
  const tagged = '{ script: x, tags: [a] }';
  expect(obstacle([{}], plain, 'protected')).toBeUndefined();
  expect(obstacle([], plain, 'protected')).toBe('No runner takes jobs without tags');
  expect(obstacle([{ tags: ['a'], runUntagged: false }], plain, 'protected')).toBe('No runner takes jobs without tags');
  expect(obstacle([{ tags: ['A'] }], tagged, 'protected')).toBe('No runner has the tag `a`');
  const guarded = { tags: ['a'], protectedOnly: true, untrusted: true };
  expect(obstacle([guarded], tagged, 'protected')).toBeUndefined();
  expect(obstacle([guarded], tagged, 'untrusted')).toBe('None but jobs of protected refs are taken by runner `one`');
  expect(obstacle([{}, { name: 'two' }], plain, 'untrusted')).toBe(
    'No jobs of forks are taken by runners `one`, `two`',
  );
  expect(obstacle([{ obstacle: 'Runner `one` has no sandbox' }], plain, 'protected')).toBe(
    'Runner `one` has no sandbox',
  );
  expect(obstacle([{ paused: true }], plain, 'protected')).toBe('Runner `one` is paused');
  expect(obstacle([{ stacks: ['other'] }], plain, 'protected')).toBe('No runner takes jobs without tags');
});
