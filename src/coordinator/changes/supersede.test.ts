import { expect, test } from 'vitest';
import { openLab, type Lab } from '../../../test/support/coordinator.ts';
import { actOnJob } from '../actions/user-actions.ts';
import { beginRequested } from './requested-pipeline.ts';

const filesWith = (mode: string, jobs: string, ofChild = 'conservative') => ({
  'spack.yaml': 'spack: {}\n',
  '.gitlab-ci.yml': `${workflow(mode)}${jobs}`,
  'child.yml': `${workflow(ofChild)}inner: { script: x, interruptible: true }\nfirm: { script: x }\n`,
});
const workflow = (mode: string) => `workflow: { auto_cancel: { on_new_commit: ${mode} } }\n`;
const trigger = 't: { trigger: { include: child.yml, strategy: depend } }\n';

async function pushTo(lab: Lab, branch: string, files: Readonly<Record<string, string>>): Promise<string> {
  const { sha, event } = lab.push(branch, files);
  await lab.happens(event);
  return sha;
}

test('a newer commit of the branch ends the older pipeline of which nothing firm has begun, children too', async () => {
  const lab = await openLab();
  const files = filesWith('conservative', trigger);
  const old = await pushTo(lab, 'main', files);
  const sha = await pushTo(lab, 'main', files);
  expect(lab.jobs('1')).toEqual(['t canceled', 'inner canceled', 'firm canceled']);
  expect(lab.status(old)).toBe(`error: Canceled: superseded by ${sha.slice(0, 8)}`);
  expect(lab.jobs('3')).toEqual(['t running', 'inner pending', 'firm pending']);
});

test('what a child has begun that must not be interrupted keeps the whole family', async () => {
  const lab = await openLab();
  const files = filesWith('conservative', trigger);
  await pushTo(lab, 'main', files);
  expect((await lab.take())?.run.name).toBe('inner');
  expect((await lab.take())?.run.name).toBe('firm');
  await pushTo(lab, 'main', files);
  expect(lab.jobs('1')).toEqual(['t running', 'inner running', 'firm running']);
});

test('with `interruptible` only such jobs end, in a child that says the same as well', async () => {
  const lab = await openLab();
  const files = filesWith('interruptible', `${trigger}own: { script: x, interruptible: true }\n`, 'interruptible');
  await pushTo(lab, 'main', files);
  await pushTo(lab, 'main', files);
  expect(lab.jobs('1')).toEqual(['t running', 'own canceled', 'inner canceled', 'firm pending']);
});

test('with `none` nothing ends', async () => {
  const lab = await openLab();
  await pushTo(lab, 'main', filesWith('none', 'a: { script: x }\n'));
  await pushTo(lab, 'main', filesWith('conservative', 'a: { script: x }\n'));
  expect(lab.jobs('1')).toEqual(['a pending']);
});

test('a newer head of a pull request ends the older pipeline with all its jobs, unless it forbids that', async () => {
  const lab = await openLab();
  const firm = (workflow_: string) => ({ 'spack.yaml': '', '.gitlab-ci.yml': `${workflow_}a: { script: x }\n` });
  const request = (files: Readonly<Record<string, string>>) => {
    const { sha } = lab.push('topic', files);
    return lab.happens(lab.forge.request('7', sha)).then(() => sha);
  };
  const old = await request(firm(''));
  const running = (await lab.take())!;
  const head = await request(firm(workflow('conservative')));
  await lab.finish(running, { state: 'failed' });
  expect(lab.jobs('1')).toEqual(['a canceled']);
  expect(lab.status(old)).toBe(`error: Canceled: superseded by ${head.slice(0, 8)}`);
  expect((await lab.take())?.run.pipeline).toBe('2');
  await request(firm(''));
  expect(lab.jobs('2')).toEqual(['a running']);
});

test('a pipeline that a person requested ends none', async () => {
  const lab = await openLab();
  const files = filesWith('conservative', 'a: { script: x }\n');
  await pushTo(lab, 'main', files);
  const newer = lab.forge.push('main', files);
  lab.context.ledger.receive('lab', { refs: new Map([['refs/heads/main', newer]]), events: [], at: '' });
  await beginRequested(lab.coordinator, lab.stack, { ref: 'main', source: 'api' });
  expect([lab.jobs('1'), lab.jobs('2')]).toEqual([['a pending'], ['a pending']]);
});

test('an older pipeline that is retried ends no newer one', async () => {
  const lab = await openLab();
  const files = filesWith('conservative', 'a: { script: x }\n');
  await pushTo(lab, 'main', files);
  await lab.finish((await lab.take())!, { state: 'failed', failure_reason: 'script_failure' });
  await pushTo(lab, 'main', files);
  actOnJob(lab.coordinator, { pipeline: '1', name: 'a' }, { action: 'retry' });
  expect([lab.jobs('1'), lab.jobs('2')]).toEqual([['a pending'], ['a pending']]);
});
