import { describe, expect, test } from 'vitest';
import { openLab, tinyStack, type Lab } from '../../../test/support/coordinator.ts';
import { person, readAs } from '../../../test/support/read-as.ts';
import { actOnPipeline } from '../../coordinator/index.ts';
import { Trends } from '../../protocol/index.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const plain = (file: string) => ({ 'spack.yaml': 'spack: {}\n', '.gitlab-ci.yml': file });

const read = (lab: Lab, path = '/trends') => readAs(lab, { path, schema: Trends });

/** Every job waits for one minute and runs for ten. */
async function workSlowly(lab: Lab): Promise<void> {
  lab.tick(MINUTE);
  for (let job = await lab.take(); job !== undefined; job = await lab.take()) {
    lab.tick(10 * MINUTE);
    await lab.work(job);
    lab.tick(MINUTE);
  }
}

async function fail(lab: Lab): Promise<void> {
  await lab.happens(lab.push('main', plain('say: { script: x }\n')).event);
  await lab.finish((await lab.take())!, { state: 'failed', failure_reason: 'script_failure', exit_code: 1 });
}

describe('the trends', () => {
  test('show what jobs and pipelines took, what was built and reused, and the sizes', async () => {
    const lab = await openLab();
    await lab.happens(lab.push('main').event);
    await workSlowly(lab);
    await lab.happens(lab.push('main', { ...tinyStack, changed: 'yes' }).event);
    await workSlowly(lab);
    const { total, days, stacks } = await read(lab);
    expect(total.pipelines).toEqual({ success: 2, failed: 0, canceled: 0 });
    expect(total.jobs).toEqual({ success: 6, failed: 0, canceled: 0 });
    expect(total.jobSeconds).toEqual({ median: 600, p90: 600 });
    expect(total.waitSeconds).toEqual({ median: 60, p90: 60 });
    expect(total.pipelineSeconds?.median).toBeGreaterThanOrEqual(33 * 60);
    expect(total.packages).toEqual({ built: 4, reused: 0 });
    expect(total.bytes.built).toBeGreaterThan(0);
    expect(days).toHaveLength(30);
    expect(days.at(-1)).toMatchObject({ day: '2026-12-01', jobs: { success: 6 }, failures: [] });
    expect(days[0]?.jobSeconds).toBeUndefined();
    expect(stacks).toEqual([{ name: 'lab', ...total }]);
  });

  test('count failures by their class, and the days before apart', async () => {
    const lab = await openLab();
    await fail(lab);
    lab.tick(7 * DAY);
    await fail(lab);
    const { total, previous, failures, days } = await read(lab, '/trends?days=7');
    expect([total.pipelines.failed, previous.pipelines.failed]).toEqual([1, 1]);
    expect(failures).toEqual([{ class: 'script', jobs: 1 }]);
    expect(days.map(({ failures: own }) => own.length)).toEqual([0, 0, 0, 0, 0, 0, 1]);
  });

  test('count a pipeline that was retried once, by its last end, and each attempt at its jobs', async () => {
    const lab = await openLab();
    await fail(lab);
    actOnPipeline(lab.coordinator, '1', 'retry');
    await lab.finish((await lab.take())!);
    const { total, failures } = await read(lab);
    expect(total.pipelines).toEqual({ success: 1, failed: 0, canceled: 0 });
    expect(total.jobs).toEqual({ success: 1, failed: 1, canceled: 0 });
    expect(failures).toEqual([]);
  });

  test('are the same after the server was started again', async () => {
    const lab = await openLab();
    await lab.happens(lab.push('main').event);
    await workSlowly(lab);
    const before = await read(lab);
    await lab.reopen();
    expect(await read(lab)).toEqual(before);
  });

  test('have nothing of a private stack for those who may not read it', async () => {
    const lab = await openLab({ stack: { private: true } });
    await fail(lab);
    const { total, stacks, failures } = await read(lab);
    expect([total.jobs.failed, stacks, failures]).toEqual([0, [], []]);
    const seen = await readAs(lab, { path: '/trends', as: person('read', 'lab'), schema: Trends });
    expect([seen.total.jobs.failed, seen.stacks.map(({ name }) => name)]).toEqual([1, ['lab']]);
  });
});
