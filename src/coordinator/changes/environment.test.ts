import { expect, test } from 'vitest';
import { openLab, tinyStack } from '../../../test/support/coordinator.ts';

const foreign = { 'stacks/base/spack.yaml': 'spack: {}\n', '.gitlab-ci.yml': 'deploy: { script: ./deploy }\n' };

test('a stack whose environment is configured has the built-in pipeline, with that folder', async () => {
  const lab = await openLab({ stack: { environment: 'stacks/base' } });
  await lab.happens(lab.push('main', foreign).event);
  const [record] = lab.context.pipelines.list({});
  const { jobs } = lab.context.pipelines.state(record?.id ?? '').plan;
  expect(jobs.map(({ name }) => name)).toEqual(['generate', 'build']);
  expect(JSON.stringify(jobs[0])).toContain('slipway generate --env stacks/base --artifacts-root');
});

test('a stack whose environment is not configured has its own', async () => {
  const lab = await openLab();
  await lab.happens(lab.push('main', { ...tinyStack, ...foreign }).event);
  const [record] = lab.context.pipelines.list({});
  expect(lab.context.pipelines.state(record?.id ?? '').plan.jobs.map(({ name }) => name)).toEqual(['deploy']);
});
