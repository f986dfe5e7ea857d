import { expect, test } from 'vitest';
import type { Lab } from '../../../test/support/coordinator.ts';
import { openTwoStacks } from '../../../test/support/two-stacks.ts';
import type { Stack } from '../index.ts';

const made = 'make: { script: x, artifacts: { paths: [out] } }\n';
const needs = (more = '') =>
  `variables: { WHAT: make }\nuse: { script: x, needs: [{ project: group/other, ref: main, job: $WHAT${more} }] }\n`;

/** Two stacks, of which the other one shares artifacts. */
const openPair = (configuration: Partial<Stack['configuration']> = {}) =>
  openTwoStacks({ sharesArtifactsWith: ['lab'], events, ...configuration });
const events = { pushes: true, pullRequests: false, tags: false };

/** Ends the next job with an archive; returns its id. */
async function leaveOutput(lab: Lab, text: string): Promise<string> {
  const job = (await lab.take())!;
  expect(job.run.name).toBe('make');
  await lab.leave(job, { 'out/file': text });
  await lab.finish(job);
  return job.run.id;
}

const used = (lab: Lab, pipeline: string) => lab.context.pipelines.state(pipeline).jobs.use;

test('a job gets the archive of the newest successful job of another stack, and may read it alone', async () => {
  const branches = ['main', 'side'];
  const { lab, pushOther, pushLab } = await openPair({ protected: { branches, tags: [], imageTags: [] } });
  await pushOther('main', made);
  const old = await leaveOutput(lab, 'old');
  await pushOther('main', made);
  const newest = await leaveOutput(lab, 'new');
  await pushOther('main', made);
  await lab.finish((await lab.take())!, { state: 'failed' });
  await pushOther('side', made);
  const side = await leaveOutput(lab, 'side');
  await pushLab(needs());
  const job = (await lab.take())!;
  expect(job.dependencies.map(({ run }) => run.id)).toEqual([newest]);
  const token = lab.context.tokens.jobToken(job.run.id);
  const opened = async (id: string) => (await lab.jobService.openArtifact(id, token)) !== 'forbidden';
  expect([await opened(newest), await opened(old), await opened(side)]).toEqual([true, true, false]);
  await lab.finish(job);
  expect(await opened(newest)).toBe(false);
});

test('a stack that does not share is refused with the line to add, unless the need is optional', async () => {
  const { lab, pushOther, pushLab } = await openPair({ sharesArtifactsWith: [] });
  await pushOther('main', made);
  await leaveOutput(lab, 'secret');
  await pushLab(needs());
  expect(await lab.take()).toBeUndefined();
  expect(used(lab, '2')).toMatchObject({ status: 'failed', failureReason: 'missing_dependency_failure' });
  expect(used(lab, '2')?.message).toContain('Add `lab` to `sharesArtifactsWith`');
  await pushLab(needs(', optional: true'));
  expect((await lab.take())?.dependencies).toEqual([]);
});

test('a job that has never succeeded on that ref is named', async () => {
  const { lab, pushLab } = await openPair();
  await pushLab(needs());
  expect(await lab.take()).toBeUndefined();
  expect(used(lab, '1')?.message).toContain('Job `make` of `group/other` has never succeeded on `main`.');
});

test('a protected pipeline reads nothing of a pipeline that a pull request started, and other pipelines do', async () => {
  const unasked = { pushes: false, pullRequests: false, tags: false };
  const { lab, pushOther, pushLab } = await openPair({ triggeredBy: ['lab'], events: unasked });
  const request = (number: string, pipeline: string) =>
    lab.happens(lab.forge.request(number, lab.forge.push(`topic-${number}`, { '.gitlab-ci.yml': pipeline })));
  await pushOther('main', made);
  await request('7', 'ask: { trigger: { project: group/other } }\n');
  const asked = await leaveOutput(lab, 'asked');
  await pushLab(needs());
  expect(await lab.take()).toBeUndefined();
  const [{ id } = { id: '' }] = lab.context.pipelines.list({ stack: 'lab' });
  expect(used(lab, id)?.message).toContain('has never succeeded on `main`');
  await request('8', needs());
  expect((await lab.take())?.dependencies.map(({ run }) => run.id)).toEqual([asked]);
});

test('a pull request from a fork reads nothing', async () => {
  const { lab, pushOther } = await openPair();
  await pushOther('main', made);
  await leaveOutput(lab, 'new');
  const head = lab.forge.push('topic', { '.gitlab-ci.yml': needs() });
  await lab.happens(lab.forge.request('7', head, { fork: true }));
  expect(await lab.take()).toBeUndefined();
  expect(used(lab, '2')?.message).toContain('the change comes from a fork');
});
