import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { openLab, type Lab } from '../../../test/support/coordinator.ts';
import { person } from '../../../test/support/read-as.ts';
import { anonymous, type Principal } from '../../access/index.ts';
import { DestinationConfiguration } from '../../coordinator/index.ts';
import { AttentionList, type AttentionItem } from '../../protocol/index.ts';
import { createNotificationLedger } from '../../store/index.ts';
import { setSender } from '../access/principal-of.ts';
import { attentionRoutes } from './rest-attention.ts';

const files = (jobs: string) => ({ 'spack.yaml': 'spack: {}\n', '.gitlab-ci.yml': jobs });

async function read(lab: Lab, as: Principal = anonymous): Promise<readonly AttentionItem[]> {
  const app = new Hono();
  app.use('*', (c, next) => {
    setSender(c, { principal: as, renewed: () => as });
    return next();
  });
  app.route('/', attentionRoutes(lab.coordinator, createNotificationLedger(lab.database)));
  const response = await app.request('/api/v1/attention');
  return AttentionList.parse(await response.json()).items;
}

test('a stack in which all is well needs no attention', async () => {
  const lab = await openLab();
  await lab.happens(lab.push('main').event);
  await lab.workAll();
  expect(await read(lab)).toEqual([]);
});

test('jobs that no runner can take are one item for each reason, with the first of them', async () => {
  const lab = await openLab();
  const jobs = 'a: { script: x, tags: [gpu] }\nb: { script: x, tags: [gpu] }\nc: { script: x, tags: [arm] }\n';
  await lab.happens(lab.push('main', files(jobs)).event);
  const items = await read(lab);
  expect(items.map(({ kind, title, detail, page }) => [kind, title, detail, page])).toEqual([
    ['job', 'No runner can take 2 jobs', 'No runner has the tag `gpu`', 'jobs/1'],
    ['job', 'No runner can take c', 'No runner has the tag `arm`', 'jobs/3'],
  ]);
});

test('a server without a runner says so, before all else', async () => {
  const lab = await openLab({ runners: [] });
  await lab.happens(lab.push('main', files('a: { script: x }\n')).event);
  const [first] = await read(lab);
  expect(first).toEqual({
    kind: 'runner',
    title: 'No runner takes jobs',
    detail: 'The server has no runner',
    page: 'runners',
  });
});

test('a draining server is an item, with the number of jobs that it waits for', async () => {
  const lab = await openLab();
  await lab.happens(lab.push('main', files('a: { script: x }\n')).event);
  await lab.take();
  await lab.context.drain.run(AbortSignal.abort());
  expect(await read(lab)).toEqual([
    {
      kind: 'runner',
      title: 'The server is draining',
      detail: 'It assigns no more jobs, and stops when one job has ended.',
      page: 'runners',
      at: lab.context.drain.since,
    },
  ]);
});

test('a held request is an item for those who may approve it', async () => {
  const lab = await openLab();
  const held = { ...files('one: { script: x }\n'), 'slipway.yaml': 'forks: hold\n' };
  const baseSha = lab.push('main', held).sha;
  const { sha } = lab.push('topic', { ...held, 'src/a.c': 'int x;\n' });
  await lab.happens(lab.forge.request('7', sha, { baseSha, fork: true, title: 'Print the phases' }));
  const requests = async (as: Principal) => (await read(lab, as)).filter(({ kind }) => kind === 'request');
  expect(await requests(person('run', 'lab'))).toEqual([]);
  expect(await requests(person('approve', 'lab'))).toEqual([
    expect.objectContaining({ stack: 'lab', title: '#7 Print the phases', page: 'stacks/lab/requests/7' }),
  ]);
});

test('a protected branch is an item while its newest pipeline is a failed one', async () => {
  const lab = await openLab();
  const { sha, event } = lab.push('main', files('a: { script: x }\n'));
  lab.forge.refs.set('refs/heads/main', sha);
  await lab.happens(event);
  const job = await lab.take();
  await lab.finish(job!, { state: 'failed', failure_reason: 'script_failure', exit_code: 1 });
  expect(await read(lab)).toMatchObject([{ kind: 'branch', stack: 'lab', title: 'main failed', page: 'pipelines/1' }]);
  await lab.happens(lab.push('main').event);
  await lab.workAll();
  expect(await read(lab)).toEqual([]);
});

test('a destination that has failed for long is an item for those who may run pipelines', async () => {
  const notifications = [DestinationConfiguration.parse({ name: 'team', slack: { url: { env: 'URL' } } })];
  const lab = await openLab({ stack: { notifications } });
  createNotificationLedger(lab.database).setFailure('team', {
    attempts: 9,
    problem: 'HTTP 503.',
    failingSince: '2026-11-01T00:00:00.000Z',
    retryAt: '2099-01-01T00:00:00.000Z',
    isReported: true,
  });
  expect(await read(lab)).toEqual([]);
  expect(await read(lab, person('run', 'lab'))).toMatchObject([
    { kind: 'destination', title: 'Notifications to team fail', at: '2026-11-01T00:00:00.000Z' },
  ]);
});

test('nothing of a private stack is shown to those who may not read it', async () => {
  const lab = await openLab({ runners: [], stack: { private: true } });
  await lab.happens(lab.push('main', files('a: { script: x }\n')).event);
  expect(await read(lab)).toEqual([]);
  expect(await read(lab, person('admin', 'other'))).toEqual([]);
  expect(await read(lab, person('read', 'lab'))).not.toEqual([]);
});
