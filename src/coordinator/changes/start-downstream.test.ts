import { expect, test } from 'vitest';
import type { Lab } from '../../../test/support/coordinator.ts';
import { openTwoStacks } from '../../../test/support/two-stacks.ts';
import type { Stack } from '../index.ts';

const trigger = (more = '') =>
  `variables: { WORD: tide, CI_COMMIT_SHA: mine }\nask: { trigger: { project: group/other, strategy: depend${more} } }\n`;
const child = 'spec: { inputs: { who: { default: unknown } } }\n---\nsay: { script: "echo $[[ inputs.who ]]" }\n';

/** Two stacks, of which the other one has a pipeline on its default branch. */
async function openPair(configuration: Partial<Stack['configuration']> = {}): ReturnType<typeof openTwoStacks> {
  const pair = await openTwoStacks({ triggeredBy: ['lab'], ...configuration });
  await pair.pushOther('main', child);
  return pair;
}

const record = (lab: Lab, id: string) => lab.context.pipelines.record(id);
const job = (lab: Lab, id: string, name: string) => lab.context.pipelines.state(id).jobs[name];

test('a job starts the pipeline of another stack, with its variables, and ends like it', async () => {
  const { lab, pushLab } = await openPair();
  await pushLab(trigger(', inputs: { who: lab }'));
  expect(record(lab, '2')).toMatchObject({
    stack: 'other',
    source: 'pipeline',
    ref: 'main',
    trust: 'protected',
    upstream: { pipeline: '1', job: 'ask' },
  });
  expect(job(lab, '1', 'ask')).toMatchObject({ status: 'running', child: '2' });
  const said = await lab.take();
  expect(said?.plan.script).toEqual(['echo lab']);
  const variables = new Map(said?.variables.map(({ key, value }) => [key, value]));
  expect(variables.get('WORD')).toBe('tide');
  expect(variables.get('CI_PIPELINE_SOURCE')).toBe('pipeline');
  expect(variables.get('CI_COMMIT_SHA')).toBe(record(lab, '2')?.sha);
  await lab.finish(said as NonNullable<typeof said>, { state: 'failed' });
  expect(job(lab, '1', 'ask')).toMatchObject({ status: 'failed', failureReason: 'downstream_pipeline_failed' });
  expect(record(lab, '1')?.status).toBe('failed');
});

test('it is canceled with the pipeline that waits for it', async () => {
  const { lab, pushLab } = await openPair();
  await pushLab(trigger());
  lab.coordinator.driver.cancel('1', 'not needed');
  await lab.coordinator.settle();
  expect([record(lab, '1')?.status, record(lab, '2')?.status]).toEqual(['canceled', 'canceled']);
});

test('a restart between the creation and its record starts no second one', async () => {
  const { lab, pushLab } = await openPair();
  await pushLab(trigger());
  const { pipelines } = lab.context;
  expect(pipelines.downstreams('1').map(({ id }) => id)).toEqual(['2']);
  await lab.coordinator.driver.resume('1');
  await lab.coordinator.settle();
  expect(pipelines.downstreams('1').map(({ id }) => id)).toEqual(['2']);
});

test.each([
  ['a stack that does not allow it', { triggeredBy: [] }, trigger()],
  ['a project that is no stack', {}, 'ask: { trigger: group/none }\n'],
])('%s is refused in the same words', async (_, configuration, pipeline) => {
  const { lab, pushLab } = await openPair(configuration);
  await pushLab(pipeline);
  expect(job(lab, '1', 'ask')).toMatchObject({
    status: 'failed',
    failureReason: 'downstream_pipeline_creation_failed',
    message: expect.stringContaining('there is no such stack, or it does not allow it'),
  });
  expect(record(lab, '2')).toBeUndefined();
});

test('a branch that is not protected gets no protected pipeline', async () => {
  const { lab, pushLab, pushOther } = await openPair();
  await pushOther('side', child);
  await pushLab(trigger(', branch: side'));
  expect(record(lab, '2')).toMatchObject({ ref: 'side', trust: 'pull-request' });
});

test('pipelines that trigger each other end', async () => {
  const { lab, pushLab, pushOther } = await openPair();
  const configuration = { ...lab.stack.configuration, triggeredBy: ['other'] };
  (lab.context.stacks as Map<string, Stack>).set('lab', { ...lab.stack, configuration });
  await pushOther('main', 'back: { trigger: lab }\n');
  await pushLab(trigger());
  expect(job(lab, '2', 'back')?.message).toContain('has triggered this pipeline itself');
  expect(record(lab, '3')).toBeUndefined();
});

test('a pull request from a fork triggers nothing', async () => {
  const { lab } = await openPair();
  const head = lab.forge.push('topic', { '.gitlab-ci.yml': trigger() });
  await lab.happens(lab.forge.request('7', head, { fork: true }));
  const { id } = lab.context.pipelines.list({ stack: 'lab' })[0] ?? { id: '' };
  expect(record(lab, id)?.trust).toBe('untrusted');
  expect(job(lab, id, 'ask')?.message).toContain('the change comes from a fork');
});
