import { expect, test } from 'vitest';
import { readPipeline } from '../../gitlab/index.ts';
import { createPipeline } from './create-pipeline.ts';
import type { Effect } from './effect.ts';
import { PipelineMachine } from './pipeline-machine.ts';

const at = '2026-01-01T00:00:00.000Z';
const stages = 1500;

/** With work that grows with the cube of the stages this would take an hour; that it ends is the test. */
test('stages one after the other, very many of them, each begin when the one before has ended', () => {
  const names = Array.from({ length: stages }, (_, index) => `s${index}`);
  const jobs = names.map((name) => `${name}: {script: x, stage: ${name}}`);
  const text = [`stages: [${names.join(', ')}]`, ...jobs].join('\n');
  const { plan } = readPipeline(text, 'ci.yml', { variables: {}, source: 'push' });
  if (plan === undefined) throw new Error('no plan');
  const machine = new PipelineMachine(createPipeline('1', plan));
  const begun: string[] = [];
  const open: Effect[] = [...machine.apply({ type: 'started', at })];
  for (let effect = open.shift(); effect !== undefined; effect = open.shift()) {
    if (effect.type !== 'offer-job') continue;
    const { job } = effect;
    begun.push(job);
    machine.apply({ type: 'job-assigned', job, attempt: 1, runner: 'r', at });
    open.push(...machine.apply({ type: 'job-finished', job, attempt: 1, outcome: 'success', at }));
  }
  expect(begun).toEqual(names);
  expect(machine.status).toBe('success');
});
