import { describe, expect, test } from 'vitest';
import { openLab, tinyStack, type Lab } from '../../../test/support/coordinator.ts';
import { readAudit } from '../../audit/index.ts';
import type { CheckClick, Forge } from '../../forge/index.ts';
import { workInbox } from '../changes/intake.ts';
import { workCommands } from '../requests/work-commands.ts';

const at = '2026-12-01T00:00:00.000Z';
let deliveries = 0;

/** A person clicks on a check, as a webhook reports it. */
async function click(lab: Lab, clicked: Omit<CheckClick, 'actor'> & { readonly actor?: string }): Promise<void> {
  const id = `delivery-${(deliveries += 1)}`;
  const delivery = { id, event: 'check_run', click: { actor: 'ada', ...clicked } };
  lab.context.ledger.saveDeliveries([{ ...delivery, stack: 'lab', at }], '');
  await work(lab);
}

async function work(lab: Lab): Promise<void> {
  await workInbox(lab.coordinator, lab.stack);
  await workCommands(lab.coordinator, lab.stack);
  await lab.coordinator.settle();
}

type Permission = Awaited<ReturnType<NonNullable<Forge['permission']>>>;

async function opened(permission: Permission, more: { fork?: boolean; policy?: string } = {}) {
  const lab = await openLab();
  lab.forge.permission = async () => permission;
  const baseSha = lab.push('main', { ...tinyStack, 'slipway.yaml': more.policy ?? '' }).sha;
  const { sha } = lab.push('topic');
  await lab.happens(lab.forge.request('7', sha, { baseSha, fork: more.fork ?? false }));
  return { lab, sha };
}
const pipelines = (lab: Lab) => lab.context.pipelines.list({}).map(({ status }) => status);
const recorded = (lab: Lab) => {
  const entries = [...readAudit(lab.folder.audit, { who: 'account:ada' })];
  return entries.map(({ action, on, outcome }) => `${action} ${on} ${outcome}`);
};

describe('a click on a check', () => {
  test('cancels what runs, and has it run again', async () => {
    const { lab, sha } = await opened('write');
    await click(lab, { sha, context: 'slipway', command: 'cancel' });
    expect(pipelines(lab)).toEqual(['canceled']);
    await click(lab, { sha, context: 'slipway', command: 'retry' });
    expect(pipelines(lab)).toEqual(['pending']);
    expect(lab.status(sha)).toBe('pending: 0 of 1 jobs done');
    expect(recorded(lab)).toEqual(['pipeline.cancel pull request 7 done', 'pipeline.retry pull request 7 done']);
  });

  test('on all checks of a commit retries its pipeline', async () => {
    const { lab, sha } = await opened('write');
    lab.coordinator.cancelRequest('lab', '7', 'enough');
    await click(lab, { sha, command: 'retry' });
    expect(pipelines(lab)).toEqual(['pending']);
  });

  test('that has a check run again begins a pipeline where there is nothing to retry', async () => {
    const { lab, sha } = await opened('write');
    await lab.workAll();
    await click(lab, { sha, context: 'slipway', command: 'retry' });
    expect(pipelines(lab)).toEqual(['pending', 'success']);
  });

  test('approves the head that the check is on, by the person who clicked', async () => {
    const { lab, sha } = await opened('admin', { fork: true, policy: 'forks: hold\n' });
    expect(pipelines(lab)).toEqual([]);
    await click(lab, { sha, context: 'slipway', command: 'approve' });
    expect(pipelines(lab)).toEqual(['pending']);
    expect(lab.context.ledger.request('lab', '7')?.approval).toMatchObject({ sha, by: 'ada' });
    expect(recorded(lab)).toEqual(['request.approve pull request 7 done']);
    const { source, text, answer } = lab.context.ledger.commands('lab', '7')[0]!;
    expect([source, text]).toEqual([expect.stringMatching(/^click:/), `/slipway approve ${sha}`]);
    expect(answer).toMatch(/^Approved/);
  });

  test('on the check of an earlier head approves nothing', async () => {
    const { lab, sha: earlier } = await opened('admin', { fork: true, policy: 'forks: hold\n' });
    const { baseSha } = lab.context.ledger.request('lab', '7')!;
    const { sha } = lab.push('topic', { ...tinyStack, 'recipes/x.yaml': 'name: x\n' });
    await lab.happens(lab.forge.request('7', sha, { fork: true, baseSha }));
    await click(lab, { sha: earlier, context: 'slipway', command: 'approve' });
    expect(pipelines(lab)).toEqual([]);
  });

  test.each<[string, Permission, CheckClick['command']]>([
    ['approve with write access alone', 'write', 'approve'],
    ['cancel with the right to label', 'triage', 'cancel'],
    ['retry without any right', 'none', 'retry'],
  ])('is refused to who wants to %s, and recorded', async (_what, permission, command) => {
    const fork = command === 'approve';
    const { lab, sha } = await opened(permission, fork ? { fork, policy: 'forks: hold\n' } : {});
    const before = pipelines(lab);
    await click(lab, { sha, context: 'slipway', command });
    expect(pipelines(lab)).toEqual(before);
    expect(recorded(lab)).toMatchObject([expect.stringMatching(/ refused$/) as string]);
    expect(lab.context.ledger.pendingEvents('lab')).toEqual([]);
  });

  test('waits while the forge does not report what the account may do', async () => {
    const { lab, sha } = await opened('write');
    lab.forge.permission = async () => Promise.reject(new Error('502'));
    await click(lab, { sha, context: 'slipway', command: 'cancel' });
    expect([pipelines(lab), recorded(lab)]).toEqual([['pending'], []]);
    lab.forge.permission = async () => 'write';
    await lab.reopen();
    await work(lab);
    expect(pipelines(lab)).toEqual(['canceled']);
    await work(lab);
    expect(recorded(lab)).toHaveLength(1);
  });

  test('on a check of another stack that has the same repository is not for this one', async () => {
    const { lab, sha } = await opened('write');
    Object.assign(lab.stack, { sharesRepository: true });
    await click(lab, { sha, context: 'slipway (other)', command: 'cancel' });
    expect(pipelines(lab)).toEqual(['pending']);
    await click(lab, { sha, context: 'slipway (lab)', command: 'cancel' });
    expect(pipelines(lab)).toEqual(['canceled']);
  });

  test('on a commit of a branch is decided by the policy of the default branch', async () => {
    const lab = await openLab();
    const { sha, event } = lab.push('main', { ...tinyStack, 'slipway.yaml': 'requests: { trusted: [ada] }\n' });
    await lab.happens(event);
    lab.forge.permission = async () => 'read';
    await click(lab, { sha, context: 'slipway', command: 'cancel' });
    expect([pipelines(lab), recorded(lab)]).toEqual([['pending'], [`pipeline.cancel commit ${sha} refused`]]);
    lab.forge.refs.set('refs/heads/main', sha);
    await lab.happens();
    await click(lab, { sha, context: 'slipway', command: 'cancel' });
    expect(pipelines(lab)).toEqual(['canceled']);
    await click(lab, { sha, context: 'slipway', command: 'approve' });
    expect(recorded(lab).at(-1)).toBe(`request.approve commit ${sha} refused`);
  });

  test('has an image published again whose publishing failed', async () => {
    const lab = await openLab();
    lab.forge.permission = async () => 'write';
    const { sha } = lab.push('main');
    const image = { stack: 'lab', repository: 'lab/stack', tag: 'latest', refType: 'branch', ref: 'main' } as const;
    const { id } = lab.context.ledger.addPublication({ ...image, commit: sha, tree: sha, createdAt: at });
    lab.context.ledger.updatePublication(id, { state: 'failed', message: 'The registry was down' });
    await click(lab, { sha, context: 'slipway/image', command: 'retry' });
    expect(lab.publications()).toEqual(['latest waiting']);
  });
});
