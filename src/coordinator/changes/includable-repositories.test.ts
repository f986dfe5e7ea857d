import { expect, test } from 'vitest';
import type { Lab } from '../../../test/support/coordinator.ts';
import { openTwoStacks } from '../../../test/support/two-stacks.ts';
import { IncludePolicy, IncludeStore, openIncludes, remoteCache, type OwnRepositories } from '../../includes/index.ts';
import { systemClock } from '../../kit/index.ts';
import type { Stack } from '../index.ts';

const job = (script: string) => `work: { script: "${script}" }\n`;
const included = (ref: string) => `include: [{ project: group/other, file: /ci/job.yml, ref: ${ref} }]\n`;

/** Two stacks, of which the first may read the other one, and nothing else. */
async function openPair(configuration: Partial<Stack['configuration']> = {}) {
  const pair = await openTwoStacks({ includedBy: ['lab'], ...configuration });
  const { lab } = pair;
  const parts = {
    policy: new IncludePolicy([], () => '127.0.0.1:1'),
    store: new IncludeStore(lab.folder.includes),
    cache: remoteCache(),
    clock: systemClock,
    transport: () => Promise.reject(new Error('nothing is requested')),
  };
  const includes = (pinned = [], repositories?: OwnRepositories) => openIncludes({ ...parts, repositories }, pinned);
  Object.assign(lab.stack, { includes });
  const pushFile = (branch: string, path: string, text: string) =>
    pair.pushOther(branch, 'none: { script: x }\n', { [path]: text });
  return { ...pair, pushFile };
}

async function statusOf(lab: Lab, pipeline: string): Promise<string | undefined> {
  const { sha, event } = lab.push('main', { '.gitlab-ci.yml': pipeline });
  await lab.happens(event);
  return lab.status(sha);
}

test('a pipeline includes a file of a branch of another stack, and records its commit', async () => {
  const { lab, pushFile, pushLab } = await openPair();
  await pushFile('main', 'ci/job.yml', job('of main'));
  await pushFile('next', 'ci/job.yml', job('of next'));
  await pushLab(included('next'));
  expect((await lab.take())?.plan.script).toEqual(['of next']);
  const [include] = lab.context.pipelines.state('1').plan.includes ?? [];
  const sha = lab.context.stacks.get('other')?.forge;
  expect(include?.resolved).toMatch(/^group\/other@[0-9a-f]{40}:ci\/job\.yml$/);
  expect(await sha?.branchesWith(include?.resolved.slice(12, 52) ?? '')).toEqual(['next']);
});

test('a pipeline includes a component of another stack of the server', async () => {
  const { lab, pushFile, pushLab } = await openPair();
  await pushFile(
    'main',
    'templates/job.yml',
    'spec: { inputs: { word: {} } }\n---\nwork: { script: "$[[ inputs.word ]]" }\n',
  );
  await pushLab('include: [{ component: $CI_SERVER_FQDN/stacks/other/job@main, inputs: { word: tide } }]\n');
  expect((await lab.take())?.plan.script).toEqual(['tide']);
});

test('a pipeline includes a file of another branch of its own repository', async () => {
  const { lab, pushLab } = await openPair();
  const sha = lab.forge.push('shared', { 'ci/job.yml': job('own') });
  lab.forge.refs.set('refs/heads/shared', sha);
  await pushLab('include: [{ project: $CI_PROJECT_PATH, file: ci/job.yml, ref: shared }]\n');
  expect((await lab.take())?.plan.script).toEqual(['own']);
});

test('a stack that does not allow it is refused with the setting to change', async () => {
  const { lab, pushFile } = await openPair({ includedBy: [] });
  await pushFile('main', 'ci/job.yml', job('secret'));
  expect(await statusOf(lab, included('main'))).toMatch(/No entry of `includes.projects` permits project/);
});

test('a branch that does not exist is named', async () => {
  const { lab } = await openPair();
  expect(await statusOf(lab, included('gone'))).toMatch(/Project `group\/other` has no version `gone`/);
});

test('a fork includes nothing that its base branch does not include', async () => {
  const { lab, pushFile } = await openPair();
  await pushFile('main', 'ci/job.yml', job('other'));
  const head = lab.forge.push('topic', { '.gitlab-ci.yml': included('main') });
  await lab.happens(lab.forge.request('7', head, { fork: true }));
  expect(lab.status(head)).toMatch(/^error: .*a fork may include only what its base branch includes/);
});
