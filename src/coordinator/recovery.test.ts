import { expect, test } from 'vitest';
import { openLab, type Lab } from '../../test/support/coordinator.ts';
import { createPipeline } from '../pipeline/index.ts';

const at = '2026-12-01T00:00:00.000Z';

test('a start with nothing to take up says and publishes nothing again', async () => {
  const lab = await openLab();
  const { sha, event } = lab.push('main');
  await lab.happens(event, { type: 'tag-pushed', tag: 'rev-1', sha });
  await lab.workAll();
  const known = () => ({
    statuses: lab.context.ledger.statuses('lab'),
    publications: lab.context.ledger.publications('lab'),
    posted: lab.forge.posted.length,
  });
  const before = known();
  await lab.reopen();
  await lab.reopen();
  expect(known()).toEqual(before);
});

/** Stores a pipeline with two jobs that were not started, as a server does that dies at once. Its number is 2. */
async function stored(lab: Lab): Promise<string> {
  const files = { '.gitlab-ci.yml': 'a: { script: x }\nb: { script: x }\n' };
  await lab.happens(lab.push('main', files).event);
  const { plan } = lab.context.pipelines.state('1');
  const { sha } = lab.push('main', files);
  const commit = { head: sha, base: sha, sha, tree: 'none' };
  const subject = {
    stack: 'lab',
    source: 'push',
    refType: 'branch',
    ref: 'main',
    trust: 'protected',
    ...commit,
  } as const;
  lab.context.pipelines.create(subject, { at, state: (id) => createPipeline(id, plan) });
  return sha;
}

test('a pipeline that cannot be started keeps neither the server nor the others from going on', async () => {
  const lab = await openLab();
  await stored(lab);
  lab.forge.keep = async () => {
    throw new Error('the disk is full');
  };
  await lab.reopen();
  expect(lab.context.pipelines.record('2')?.status).toBe('created');
  expect(await lab.take()).toMatchObject({ run: { name: 'a', pipeline: '1' } });
});

test('a pipeline is started although one of its jobs was canceled before', async () => {
  const lab = await openLab();
  const sha = await stored(lab);
  lab.context.pipelines.apply('2', { type: 'cancel-job', job: 'a', at }, at);
  await lab.reopen();
  expect(lab.jobs('2')).toEqual(['a canceled', 'b pending']);
  expect(lab.forge.kept.get('2')).toBe(sha);
});

test('a pipeline does not end while a child runs that was retried at the last moment', async () => {
  const lab = await openLab();
  const trigger = 't: { trigger: { include: child.yml, strategy: depend } }\n';
  const files = { '.gitlab-ci.yml': `a: { script: x }\n${trigger}`, 'child.yml': 'b: { script: x }\n' };
  await lab.happens(lab.push('main', files).event);
  await lab.take();
  await lab.finish((await lab.take())!, { state: 'failed', failure_reason: 'script_failure' });
  lab.context.pipelines.apply('1', { type: 'cancel-job', job: 'a', at }, at);
  lab.context.pipelines.apply('2', { type: 'retry-failed', at }, at);
  expect(lab.jobs('1')).toEqual(['a canceling', 't failed', 'b pending']);
  const before = lab.forge.posted.length;
  await lab.reopen();
  await lab.coordinator.settle();
  expect(lab.jobs('1')).toEqual(['a canceled', 't running', 'b pending']);
  expect(lab.forge.posted.slice(before).map(({ state }) => state)).not.toContain('failure');
});
