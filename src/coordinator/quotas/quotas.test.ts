import { describe, expect, test } from 'vitest';
import { embedded, openLab, tinyStack, type Lab, type LabOptions } from '../../../test/support/coordinator.ts';
import { readAudit } from '../../audit/index.ts';
import type { PullRequest } from '../../forge/index.ts';
import { pollStack, workInbox } from '../changes/intake.ts';
import { block, unblock } from './block-actions.ts';

const MINUTE = 60_000;

function opened(quotas: LabOptions['quotas'], options: LabOptions = {}): Promise<Lab> {
  return openLab({ quotas, ...options });
}

function request(lab: Lab, number: string, author = 'ada'): PullRequest {
  const main = lab.forge.base;
  const headSha = lab.forge.push(`topic-${number}`, { ...tinyStack, 'README.md': `${number} ${Math.random()}` });
  return { number, title: 't', author, headSha, baseSha: main, baseBranch: 'main', fork: false };
}

const updated = (pullRequest: PullRequest) => ({ type: 'pull-request-updated', pullRequest }) as const;
const pipelines = (lab: Lab) =>
  lab.context.pipelines
    .list({ stack: 'lab' })
    .map(({ request: number }) => number)
    .toReversed();
async function again(lab: Lab): Promise<void> {
  await workInbox(lab.coordinator, lab.stack);
  await lab.coordinator.settle();
}

describe('pipelines per hour', () => {
  test('a pull request over its quota waits with a status that says why and until when, and starts by itself', async () => {
    const lab = await opened({ author: { pipelines: 2 } });
    const three = ['1', '2', '3'].map((number) => request(lab, number));
    for (const one of three) await lab.happens(updated(one));
    expect(pipelines(lab)).toEqual(['1', '2']);
    const head = three[2]?.headSha ?? '';
    expect(lab.status(head)).toMatch(
      /^pending: Waits: `ada` has 2 of 2 pipelines in an hour \(`quotas\.author\.pipelines`\)$/,
    );
    lab.tick(30 * MINUTE);
    await again(lab);
    expect(pipelines(lab)).toEqual(['1', '2']);
    lab.tick(31 * MINUTE);
    await again(lab);
    expect(pipelines(lab)).toEqual(['1', '2', '3']);
    expect(lab.context.ledger.pendingEvents('lab')).toEqual([]);
  });

  test('what waits is not lost with the process, and others go on', async () => {
    const lab = await opened({ request: { pipelines: 1 } });
    const first = request(lab, '1');
    await lab.happens(updated(first));
    const second = request(lab, '1');
    await lab.happens(updated(second), updated(request(lab, '2', 'bob')));
    expect(pipelines(lab)).toEqual(['1', '2']);
    await lab.reopen();
    await again(lab);
    expect(pipelines(lab)).toEqual(['1', '2']);
    lab.tick(61 * MINUTE);
    await again(lab);
    expect(lab.context.pipelines.list({ stack: 'lab', request: '1' })[0]?.head).toBe(second.headSha);
  });

  test('of several heads that wait only the newest starts, and none of a closed request', async () => {
    const lab = await opened({ stack: { pipelines: 1 } });
    await lab.happens(updated(request(lab, '1')));
    const [older, newer] = [request(lab, '2'), request(lab, '2')];
    await lab.happens(updated(older));
    await lab.happens(updated(newer), updated(request(lab, '3')));
    await lab.happens({ type: 'pull-request-closed', number: '3', merged: false });
    expect(lab.context.ledger.pendingEvents('lab')).toHaveLength(1);
    for (let hour = 0; hour < 3; hour += 1) {
      lab.tick(61 * MINUTE);
      await again(lab);
    }
    expect(lab.context.pipelines.list({ stack: 'lab' }).map(({ head }) => head)).toEqual([
      newer.headSha,
      expect.any(String),
    ]);
    expect(lab.context.ledger.request('lab', '3')?.state).toBe('closed');
  });

  test('a push to a protected branch waits too', async () => {
    const lab = await opened({ stack: { pipelines: 1 } });
    await lab.happens(lab.push('main').event);
    const next = lab.push('main', { ...tinyStack, 'README.md': 'x' });
    await lab.happens(next.event);
    expect(lab.status(next.sha)).toMatch(/^pending: Waits: stack `lab` has 1 of 1 pipelines/);
    lab.tick(61 * MINUTE);
    await pollStack(lab.coordinator, lab.stack);
    expect(lab.context.pipelines.list({ stack: 'lab' })).toHaveLength(2);
  });
});

describe('jobs', () => {
  const files = { ...tinyStack, '.gitlab-ci.yml': 'a: { script: x }\nb: { script: x }\nc: { script: x }\n' };

  async function started(quotas: LabOptions['quotas'], options?: LabOptions): Promise<Lab> {
    const lab = await opened(quotas, options);
    await lab.happens(lab.push('main', files).event);
    return lab;
  }

  test('at once are limited where they are assigned, also after a restart', async () => {
    const lab = await started({ stack: { jobs: 2 } });
    const first = (await lab.take())!;
    expect(await lab.take()).toBeDefined();
    expect(await lab.take()).toBeUndefined();
    expect(lab.context.quotas.obstacle({ stack: 'lab' })).toBe(
      'stack `lab` has 2 of 2 jobs at once (`quotas.stack.jobs`)',
    );
    const waits = [...readAudit(lab.folder.audit, { action: 'quota.wait' })];
    expect(waits).toMatchObject([{ stack: 'lab', on: 'jobs of pipeline 1', outcome: 'refused' }]);
    await lab.finish(first);
    expect(await lab.take()).toBeDefined();
    await lab.reopen();
    expect(await lab.take()).toBeDefined();
    expect(await lab.take()).toBeDefined();
    expect(await lab.take()).toBeUndefined();
  });

  test('that took their CPU-hours hold the next ones until the day is over', async () => {
    const lab = await started({ stack: { cpuHours: 8 } }, { runners: [{ ...embedded, cores: 4 }] });
    const job = (await lab.take({ ...embedded, cores: 4 }))!;
    lab.tick(150 * MINUTE);
    await lab.finish(job);
    expect(lab.context.quotas.states('lab').find(({ limit }) => limit === 'cpuHours')?.used).toBeCloseTo(10, 1);
    expect(await lab.take()).toBeUndefined();
    expect(lab.context.quotas.obstacle({ stack: 'lab' })).toContain('10.0 of 8 CPU-hours');
    await lab.reopen();
    expect(await lab.take()).toBeUndefined();
    lab.tick(24 * 60 * MINUTE);
    expect(await lab.take()).toBeDefined();
  });

  test('of one pull request leave the others their share', async () => {
    const lab = await opened({ request: { jobs: 1 } });
    await lab.happens(updated(request(lab, '1')), updated(request(lab, '2')));
    const taken = [await lab.take(), await lab.take(), await lab.take()];
    expect(taken.map((job) => job?.record.request)).toEqual(['1', '2', undefined]);
  });

  test('a stack’s own limit wins over the server’s, and 0 is none', async () => {
    const lab = await started(
      { stack: { jobs: 1 } },
      { stack: { quotas: { stack: { jobs: 0 }, author: {}, request: {} } } },
    );
    expect([await lab.take(), await lab.take(), await lab.take()].filter((job) => job !== undefined)).toHaveLength(3);
  });
});

describe('a block', () => {
  test('cancels what runs, starts nothing, lasts over a restart, and what waited starts when it is lifted', async () => {
    const lab = await opened({});
    await lab.happens(updated(request(lab, '1')), updated(request(lab, '2', 'bob')));
    const owner = { kind: 'author', stack: 'lab', name: 'ada' } as const;
    const canceled = await block(lab.coordinator, owner, { reason: 'mines coins', by: 'root' });
    expect(canceled).toEqual(['1']);
    expect(lab.context.pipelines.record('1')?.status).toBe('canceled');
    await lab.reopen();
    const next = request(lab, '3');
    await lab.happens(updated(next));
    expect(lab.status(next.headSha)).toBe('pending: Waits: `ada` is blocked by root: mines coins');
    expect((await lab.take())?.record.request).toBe('2');
    await unblock(lab.coordinator, owner);
    await expect(unblock(lab.coordinator, owner)).rejects.toMatchObject({ code: 'QUOTA_NOT_BLOCKED' });
    await again(lab);
    expect(pipelines(lab)).toEqual(['1', '2', '3']);
  });

  test('of the configuration stops a pull request', async () => {
    const lab = await opened({}, { stack: { blocked: { stack: false, authors: [], requests: ['1'] } } });
    await lab.happens(updated(request(lab, '1')), updated(request(lab, '2')));
    expect(pipelines(lab)).toEqual(['2']);
  });
});
