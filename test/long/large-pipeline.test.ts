import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { PipelineDetail, PipelineList, StackView, wholePipeline } from '../../src/protocol/index.ts';
import { restRoutes } from '../../src/server/rest/rest.ts';
import { collectedTerminal } from '../support/collected-terminal.ts';
import { openLab } from '../support/coordinator.ts';

/** As many jobs as a build of E4S has, in layers: each needs three of the layer before. */
const COUNT = 1500;
const WIDTH = 75;

function layeredPipeline(): string {
  const jobs = Array.from({ length: COUNT }, (_, index) => {
    const layer = Math.floor(index / WIDTH);
    const above = [0, 1, 7].map((step) => `j${(layer - 1) * WIDTH + ((index + step) % WIDTH)}`);
    return `j${index}: { script: x, needs: [${layer === 0 ? '' : above.join(', ')}] }\n`;
  });
  return jobs.join('');
}

test('1,500 jobs go through a server one after the other, and its pages and `slipway status` show them', async () => {
  const lab = await openLab();
  const files = { 'spack.yaml': 'spack: {}\n', '.gitlab-ci.yml': layeredPipeline() };
  await lab.happens(lab.push('main', files).event);
  const rest = restRoutes(lab.coordinator);
  const read = async (path: string): Promise<unknown> => (await rest.request(`/api/v1${path}`)).json();
  const readAll = () => wholePipeline('1', read);
  const { jobs, next } = PipelineDetail.parse(await read('/pipelines/1'));
  expect([jobs.length, next]).toEqual([1000, '1.999']);
  const before = await readAll();
  expect(before.jobs.filter(({ status }) => status === 'pending')).toHaveLength(WIDTH);

  const finished = new Set<string>();
  for (let job = await lab.take(); job !== undefined; job = await lab.take()) {
    const { needs = [] } = before.jobs[job.run.job ?? -1] ?? {};
    expect(needs.every((need) => finished.has(need))).toBe(true);
    finished.add(job.run.name);
    await lab.finish(job);
  }
  expect(finished.size).toBe(COUNT);

  const after = await readAll();
  expect(after.status).toBe('success');
  expect(after.jobs.map(({ name, status }) => `${name} ${status}`)).toEqual(
    before.jobs.map(({ name }) => `${name} success`),
  );
  const { pipelines } = PipelineList.parse(await read('/pipelines?stack=lab'));
  expect(pipelines.map(({ id, status }) => [id, status])).toEqual([['1', 'success']]);
  expect(StackView.parse(await read('/stacks/lab')).pipelines[0]?.status).toBe('success');

  const cwd = lab.folder.root;
  const stack = { name: 'lab', remote: 'https://forge.example/lab' };
  await writeFile(join(cwd, 'slipway.server.yaml'), JSON.stringify({ data: cwd, stacks: [stack] }));
  const { terminal, stdout } = collectedTerminal();
  await main(['status'], { env: {}, cwd, terminal, signal: new AbortController().signal });
  expect(stdout()).toContain('pipeline 1  success  main');
});
