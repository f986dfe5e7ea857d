import { expect, test } from 'vitest';
import { embedded, openLab, tinyStack } from '../../../test/support/coordinator.ts';
import { RunnerRequest } from '../../protocol/index.ts';
import { HeldForks } from './held-forks.ts';
import { workInbox } from './intake.ts';

const forksRun = { ...tinyStack, 'slipway.yaml': 'forks: run\n' };
const isolating = (name: string, more: object = {}) => RunnerRequest.parse({ name, sandbox: true, ...more });

/** A lab whose runner takes no forks, with the request of one. */
async function heldLab() {
  const lab = await openLab({ runners: [{ ...embedded, untrusted: false }] });
  const { sha: baseSha } = lab.push('main', forksRun);
  const { sha } = lab.push('fix', { ...forksRun, more: 'text' });
  await lab.happens(lab.forge.request('7', sha, { fork: true, baseSha }));
  return { lab, sha, held: new HeldForks(lab.context) };
}

test('a held fork is handled again once a runner takes it, and only then', async () => {
  const { lab, sha, held } = await heldLab();
  expect(lab.context.ledger.statusesOf('lab', sha)).toMatchObject([
    { description: expect.stringContaining('no runner here has a sandbox') },
  ]);
  expect(held.takeUp()).toEqual([]);
  lab.context.fleet.create(isolating('for main', { protectedOnly: true }), 'the test');
  expect(held.takeUp()).toEqual([]);
  const { runner } = lab.context.fleet.create(isolating('podman'), 'the test');
  expect(held.takeUp()).toEqual(['lab']);
  await workInbox(lab.coordinator, lab.stack);
  expect(lab.context.pipelines.list({ stack: 'lab', request: '7' })).toMatchObject([{ trust: 'untrusted' }]);
  lab.context.fleet.remove(String(runner.id));
  expect(held.takeUp()).toEqual([]);
  lab.context.fleet.create(isolating('podman 2'), 'the test');
  expect(held.takeUp()).toEqual([]);
});

test('a fork that was closed meanwhile stays closed', async () => {
  const { lab, held } = await heldLab();
  await lab.happens({ type: 'pull-request-closed', number: '7', merged: false });
  lab.context.fleet.create(isolating('podman'), 'the test');
  expect(held.takeUp()).toEqual([]);
});
