import { expect, test } from 'vitest';
import { openLab, type Lab } from '../../../test/support/coordinator.ts';

const pipeline = { '.gitlab-ci.yml': 'first: { script: x }\nsecond: { script: x }\n' };

/** A lab with a running job, and another one that is ready. */
async function running() {
  const lab = await openLab();
  await lab.happens(lab.push('main', pipeline).event);
  return { lab, job: (await lab.take())! };
}

function requestJob({ context, jobService }: Lab) {
  const [known] = context.runners.all();
  return jobService.requestJob(known!.runner, {});
}

test('a draining server assigns no more jobs, and has drained once the last one has ended', async () => {
  const { lab, job } = await running();
  const drained = lab.context.drain.run(new AbortController().signal).then(() => 'drained');
  expect(await requestJob(lab)).toBeUndefined();
  expect(lab.context.drain.jobs().map(({ id }) => id)).toEqual([job.run.id]);
  expect(await Promise.race([drained, Promise.resolve('waiting')])).toBe('waiting');
  await lab.finish(job);
  expect(await drained).toBe('drained');
  expect(await requestJob(lab)).toBeUndefined();
});

test('a server without jobs has drained at once, and one whose time is up does not wait for its jobs', async () => {
  const idle = await openLab();
  await idle.context.drain.run(new AbortController().signal);
  const { lab } = await running();
  const time = new AbortController();
  const drained = lab.context.drain.run(time.signal);
  time.abort();
  await drained;
  expect(lab.context.drain.jobs()).toHaveLength(1);
});
