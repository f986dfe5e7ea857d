import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openLab, type Lab } from '../../../test/support/coordinator.ts';
import { Timeline } from '../../protocol/index.ts';
import { restRoutes } from './rest.ts';

async function timeline(lab: Lab, id: string): Promise<Timeline> {
  const response = await restRoutes(lab.coordinator).request(`/api/v1/pipelines/${id}/timeline`);
  expect(response.status).toBe(200);
  return Timeline.parse(await response.json());
}

/** Takes the next job after so many seconds, and ends it after its time. */
async function play(lab: Lab, { wait, take }: { wait: number; take: number }): Promise<string> {
  lab.tick(wait * 1000);
  const job = (await lab.take())!;
  const began = lab.context.clock.now();
  lab.tick(take * 1000);
  const mark = (kind: string, at: number) => `section_${kind}:${Math.ceil(began / 1000) + at}:get_sources\r\u001B[0K`;
  await mkdir(lab.folder.job(job.run.id), { recursive: true });
  await writeFile(join(lab.folder.job(job.run.id), 'trace.log'), `${mark('start', 0)}Sources\n${mark('end', 4)}`);
  await lab.work(job);
  return job.run.id;
}

test('the timeline of a family has its jobs on lanes, its critical path, and what bounds its end', async () => {
  const lab = await openLab();
  await lab.happens(lab.push('main').event);
  const generate = await play(lab, { wait: 5, take: 20 });
  const tide = await play(lab, { wait: 10, take: 60 });
  const between = await timeline(lab, '1');
  expect(between.facts[0]).toMatch(/this run has taken \d+ s so far\.$/);
  expect(between.critical.jobs.map(({ name }) => name)).toEqual(['generate', 'tide', 'gauge']);
  expect(between.bars.map(({ name, lane }) => [name, lane])).toEqual([
    ['generate', 0],
    ['tide', 0],
    ['gauge', undefined],
  ]);
  const gauge = await play(lab, { wait: 1, take: 30 });
  const after = await timeline(lab, '2');
  expect(after).toMatchObject({
    pipeline: '1',
    lanes: [{ runner: 'embedded' }],
    critical: { seconds: expect.closeTo(110, 0) },
  });
  expect(after.critical.jobs.map(({ job, pipeline, seconds }) => [job, pipeline, Math.round(seconds)])).toEqual([
    [generate, '1', 20],
    [tide, '2', 60],
    [gauge, '2', 30],
  ]);
  expect(after.bars.map(({ status, parts }) => [status, parts?.map(({ kind, seconds }) => [kind, seconds])])).toEqual(
    Array.from({ length: 3 }, () => ['success', [['sources', 4]]]),
  );
  expect(after.bound).toMatchObject({ by: 'critical path', slots: 1, work: expect.closeTo(110, 0) });
  expect(after.sums).toMatchObject({ waiting: expect.closeTo(16, 0), transfer: 12, running: expect.closeTo(110, 0) });
  expect(after.facts).toEqual([
    'These jobs need at least 110 s, because of the critical path; this run took 2 min.',
    'The critical path has 3 jobs and takes 110 s: generate → tide → gauge.',
    'All jobs together take 110 s: at least 110 s with 1 job at once.',
    'Jobs waited 16 s in all, and spent 12 s (11 %) of their 110 s on transfers.',
  ]);
});

test('a pipeline that does not exist has no timeline', async () => {
  const lab = await openLab();
  expect((await restRoutes(lab.coordinator).request('/api/v1/pipelines/9/timeline')).status).toBe(404);
});
