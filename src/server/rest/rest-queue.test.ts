import { describe, expect, test } from 'vitest';
import { embedded, openLab, tinyStack, type Lab, type LabOptions } from '../../../test/support/coordinator.ts';
import { person, readAs } from '../../../test/support/read-as.ts';
import { anonymous, type Principal } from '../../access/index.ts';
import { Queue } from '../../protocol/index.ts';

const jobs = `
stages: [build, deploy]
gpu: { stage: build, script: x, tags: [gpu] }
first: { stage: build, script: x, resource_group: site }
second: { stage: build, script: x, resource_group: site }
later: { stage: build, script: x, when: delayed, start_in: 1 hour }
plain: { stage: build, script: x }
asked: { stage: build, script: x, when: manual }
after: { stage: deploy, script: x, needs: [plain] }
`;

async function waiting(options: LabOptions = {}): Promise<Lab> {
  const lab = await openLab(options);
  await lab.happens(lab.push('main', { 'spack.yaml': 'spack: {}\n', '.gitlab-ci.yml': jobs }).event);
  return lab;
}

const read = (lab: Lab, path = '/queue') => readAs(lab, { path, schema: Queue });

describe('the queue', () => {
  test('shows what each job waits for, those that need a person first', async () => {
    const lab = await waiting();
    const queue = await read(lab);
    expect(queue.jobs.map(({ name, position, waitsFor: { kind, text } }) => [name, kind, text, position])).toEqual([
      ['gpu', 'runner', 'No runner has the tag `gpu`', undefined],
      ['second', 'resource', 'Waits for the resource group `site`, which job 2 holds', undefined],
      ['plain', 'slot', 'Waits for a slot of `embedded`', 1],
      ['first', 'slot', 'Waits for a slot of `embedded`', 2],
      ['later', 'time', 'The job is delayed', undefined],
    ]);
    const later = queue.jobs.at(-1);
    expect(Date.parse(later?.waitsFor.until ?? '')).toBeGreaterThan(Date.parse('2026-12-01T00:59:00Z'));
    expect(queue.kinds).toEqual([
      { kind: 'runner', count: 1 },
      { kind: 'resource', count: 1 },
      { kind: 'slot', count: 2 },
      { kind: 'time', count: 1 },
    ]);
    expect(queue.pipelines).toEqual([
      { id: '1', stack: 'lab', ref: 'main', running: 0, queued: 5, blocked: 1, manual: 1, ended: 0 },
    ]);
  });

  test('is in the order in which jobs are handed out', async () => {
    const lab = await waiting();
    const { jobs: queued } = await read(lab, '/queue?kind=slot');
    const taken = [await lab.take(), await lab.take()].map((job) => job?.run.name);
    expect(taken).toEqual(queued.map(({ name }) => name));
    lab.tick(2000);
    expect((await read(lab, '/queue?kind=slot')).total).toBe(0);
  });

  test('shows how many jobs a draining server waits for, to those who may read a stack', async () => {
    const lab = await waiting({ stack: { private: true } });
    await lab.take();
    await lab.take();
    await lab.context.drain.run(AbortSignal.abort());
    const drainFor = async (as: Principal) => (await readAs(lab, { path: '/queue', as, schema: Queue })).drain;
    expect(await drainFor(person('read', 'lab'))).toEqual({ since: lab.context.drain.since, jobs: 2 });
    expect(await drainFor(anonymous)).toBeUndefined();
  });

  test('is read in parts', async () => {
    const lab = await waiting();
    const part = await read(lab, '/queue?offset=1&limit=2');
    expect(part.jobs.map(({ name }) => name)).toEqual(['second', 'plain']);
    expect(part.total).toBe(5);
  });

  test('names the job that builds the same package', async () => {
    const lab = await openLab();
    for (const changed of ['first', 'second']) await lab.happens(lab.push('main', { ...tinyStack, changed }).event);
    for (const job of [await lab.take(), await lab.take()]) await lab.work(job!);
    const tide = await lab.take();
    const [waits] = (await read(lab)).jobs;
    expect(waits).toMatchObject({ name: 'tide', waitsFor: { kind: 'build', job: tide?.run.id } });
  });

  test('names the quota that a job waits for', async () => {
    const lab = await waiting({ quotas: { stack: { jobs: 1 } } });
    await lab.take();
    const { jobs: queued } = await read(lab, '/queue?kind=quota');
    expect(queued.map(({ name, waitsFor }) => [name, waitsFor.text])).toEqual([
      ['first', expect.stringContaining('`quotas.stack.jobs`')],
    ]);
  });

  test('names the memory that a job waits for, once a slot is free', async () => {
    const runner = { ...embedded, concurrency: 2, capacity: { memory: 10e9, cores: 10 } };
    const lab = await openLab({ runners: [runner] });
    const needs = { one: '6G', large: '8G', small: '4G' };
    const texts = Object.entries(needs).map(
      ([name, memory]) => `${name}: { script: make, variables: { KUBERNETES_MEMORY_REQUEST: ${memory} } }\n`,
    );
    await lab.happens(lab.push('main', { 'spack.yaml': 'spack: {}\n', '.gitlab-ci.yml': texts.join('') }).event);
    const waits = async () => {
      lab.tick(1000);
      const { jobs: queued } = await read(lab);
      return queued.map(({ name, waitsFor: { kind, text } }) => [name, kind, text]);
    };
    const slot = 'Waits for a slot of `embedded`';
    const one = await lab.take(runner);
    expect(await waits()).toEqual([
      ['large', 'memory', 'Waits for 8.0 GB of memory on `embedded`, of which 4.0 GB is free'],
      ['small', 'slot', slot],
    ]);
    await lab.take(runner);
    expect(await waits()).toEqual([['large', 'slot', slot]]);
    lab.tick(120_000);
    await lab.finish(one!);
    expect(await waits()).toEqual([
      ['large', 'memory', 'Waits for 8.0 GB of memory on `embedded`, of which 6.0 GB is free'],
    ]);
  });

  test('shows nothing of a private stack to those who may not read it', async () => {
    const lab = await waiting({ stack: { private: true } });
    expect(await read(lab)).toEqual({ jobs: [], total: 0, kinds: [], pipelines: [] });
    const reader = await readAs(lab, { path: '/queue?stack=lab', as: person('read', 'lab'), schema: Queue });
    expect(reader.total).toBe(5);
    const other = await readAs(lab, { path: '/queue', as: person('admin', 'other'), schema: Queue });
    expect(other).toEqual({ jobs: [], total: 0, kinds: [], pipelines: [] });
  });
});
