import { expect, test } from 'vitest';
import type { ConfiguredTraits } from '../../coordinator/index.ts';
import type { JobUpdate } from '../../protocol/index.ts';
import { embedded, openLab } from '../../../test/support/coordinator.ts';

const arm: ConfiguredTraits = { ...embedded, id: 2, name: 'arm', tags: ['arm'], runUntagged: false };
const pipeline = { '.gitlab-ci.yml': 'one: { script: x, tags: [arm] }\ntwo: { script: x, tags: [arm] }\n' };

async function started() {
  const lab = await openLab({ runners: [embedded, arm] });
  const { jobService } = lab;
  const woken: string[] = [];
  const gone = new AbortController();
  const wait = (runner: ConfiguredTraits) => {
    const mark = jobService.queueMark(runner);
    return jobService.queueChanged(runner, mark, gone.signal).then(() => woken.push(runner.name));
  };
  return { lab, woken, gone, wait };
}

test('a job wakes the runners that can take it, and no others', async () => {
  const { lab, woken, gone, wait } = await started();
  const waits = [wait(embedded), wait(arm)];
  const mark = lab.jobService.queueMark(embedded);
  await lab.happens(lab.push('main', pipeline).event);
  await waits[1];
  expect(woken).toEqual(['arm']);
  expect(lab.jobService.queueMark(embedded)).toBe(mark);
  gone.abort();
  await Promise.all(waits);
});

test('the end of a job wakes the runners for which another one waits', async () => {
  const { lab, woken, gone, wait } = await started();
  await lab.happens(lab.push('main', pipeline).event);
  const job = await lab.jobService.requestJob(arm, {});
  const waits = [wait(embedded), wait(arm)];
  await lab.jobService.update(lab.context.pipelines.run(String(job?.id))!, { state: 'failed' } as JobUpdate);
  await waits[1];
  expect(woken).toEqual(['arm']);
  gone.abort();
  await Promise.all(waits);
});

test('a runner that missed a job does not wait, and one that hangs up is let go', async () => {
  const { lab, gone } = await started();
  const { jobService } = lab;
  const mark = jobService.queueMark(arm);
  await lab.happens(lab.push('main', pipeline).event);
  await jobService.queueChanged(arm, mark, gone.signal);
  const waits = jobService.queueChanged(arm, jobService.queueMark(arm), gone.signal);
  gone.abort();
  await waits;
});
