import { Hono } from 'hono';
import { describe, expect, test } from 'vitest';
import { embedded, openLab } from '../../../test/support/coordinator.ts';
import { jobServiceApp } from '../../../test/support/memory-job-service.ts';
import { person, readAs } from '../../../test/support/read-as.ts';
import { RunnerList } from '../../protocol/index.ts';
import { findAddresses } from '../remote-address.ts';

const remote = { ...embedded, id: 2, name: 'remote', token: 'glrt-remote', concurrency: Infinity, tags: ['gpu'] };
const broken = { ...embedded, id: 3, name: 'broken', token: 'glrt-broken', obstacle: 'Runner `broken` has no sandbox' };
const runners = [{ ...embedded, embedded: true, sandbox: 'always' }, remote, broken] as const;
const files = { 'spack.yaml': 'spack: {}\n', '.gitlab-ci.yml': 'say: { script: x }\n' };

describe('the list of runners', () => {
  test('shows what each takes, whether it is there, and which job it has', async () => {
    const lab = await openLab({ runners });
    await lab.happens(lab.push('main', files).event);
    const info = { version: '19.1.0', platform: 'linux', architecture: 'arm64', name: 'gitlab-runner' };
    await lab.jobService.greet(embedded, { system_id: 's_1', info });
    const job = await lab.take();
    const { runners: listed } = await readAs(lab, { path: '/runners', as: person('run', 'lab'), schema: RunnerList });
    expect(listed.map(({ name, state }) => [name, state])).toEqual([
      ['embedded', 'online'],
      ['remote', 'waiting'],
      ['broken', 'unable'],
    ]);
    expect(listed[0]).toMatchObject({
      embedded: true,
      sandbox: true,
      concurrency: 10,
      machines: [{ systemId: 's_1', version: '19.1.0', platform: 'linux', architecture: 'arm64' }],
      jobs: [{ id: job?.run.id, name: 'say', status: 'running', stack: 'lab', pipeline: '1', ref: 'main' }],
    });
    expect(listed[1]).toMatchObject({ tags: ['gpu'], machines: [], jobs: [] });
    expect(listed[1]?.concurrency).toBeUndefined();
    expect(listed[1]?.lastContact).toBeUndefined();
    expect(listed[2]?.reason).toBe('Runner `broken` has no sandbox');
  });

  test('shows the address of each machine, also of one behind a trusted proxy', async () => {
    const lab = await openLab({ runners });
    const app = new Hono();
    app.use('*', findAddresses({ trustedProxies: ['127.0.0.1'], forwardedHeader: 'X-Forwarded-For' }));
    app.route('/', jobServiceApp(lab.jobService, lab.folder.temporary, { pollHold: 0 }));
    const requestFrom = async (remoteAddress: string | undefined, system_id: string) => {
      const body = JSON.stringify({ token: embedded.token, system_id });
      const headers = { 'content-type': 'application/json', 'x-forwarded-for': '192.0.2.7' };
      const incoming = { incoming: { socket: { remoteAddress } } };
      const init = { method: 'POST', headers, body };
      return (await app.request('/api/v4/jobs/request', init, incoming)).status;
    };
    await requestFrom('203.0.113.9', 's_1');
    await requestFrom('127.0.0.1', 's_2');
    await requestFrom(undefined, 's_3');
    const { runners: listed } = await readAs(lab, { path: '/runners', as: person('run', 'lab'), schema: RunnerList });
    const addresses = listed[0]?.machines?.map(({ systemId, address }) => [systemId, address]).toSorted();
    expect(addresses).toEqual([
      ['s_1', '203.0.113.9'],
      ['s_2', '192.0.2.7'],
      ['s_3', undefined],
    ]);
  });

  test('distinguishes runners that fell silent from those that signed off or were unregistered', async () => {
    const lab = await openLab({ runners });
    const states = async () => {
      const { runners: listed } = await readAs(lab, { path: '/runners', schema: RunnerList });
      return listed.map(({ state }) => state).slice(0, 2);
    };
    await lab.jobService.greet(embedded, { system_id: 's_1' });
    lab.tick(lab.context.configuration.limits.runnerSilence * 1000);
    expect(await states()).toEqual(['offline', 'offline']);
    await lab.jobService.unregisterManager(embedded, 's_1');
    await lab.jobService.unregister(remote);
    expect(await states()).toEqual(['signed-off', 'unregistered']);
  });

  test('shows machines to those alone who may run pipelines, and no job of a stack that the reader may not read', async () => {
    const lab = await openLab({ runners, stack: { private: true } });
    await lab.happens(lab.push('main', files).event);
    await lab.jobService.greet(embedded, { system_id: 's_1' });
    await lab.take();
    const listedTo = async (as = person('admin', 'other')) =>
      (await readAs(lab, { path: '/runners', as, schema: RunnerList })).runners;
    expect(await listedTo()).toEqual([]);
    const [own] = await listedTo(person('read', 'lab'));
    expect([own?.jobs.length, own?.machines]).toEqual([1, undefined]);
    const stacks = lab.context.stacks as Map<string, typeof lab.stack>;
    stacks.set('open', { ...lab.stack, configuration: { ...lab.stack.configuration, name: 'open', private: false } });
    const [seen] = await listedTo();
    expect([seen?.name, seen?.jobs]).toEqual(['embedded', []]);
  });
});
