import { expect, test } from 'vitest';
import { spackPipeline } from '../../../test/support/child-pipeline.ts';
import { openLab } from '../../../test/support/coordinator.ts';
import { servedJob } from './served-job.ts';

async function fetched(clone: { strategy: 'clone' | 'fetch'; depth: number }, variables = '') {
  const lab = await openLab({ stack: { clone } });
  const pipeline = `check: { script: [ls], variables: { ${variables} } }\n`;
  await lab.happens(lab.push('main', { '.gitlab-ci.yml': pipeline }).event);
  const { allow_git_fetch: mayFetch, git_info: info } = servedJob(lab.context, (await lab.take())!);
  return [mayFetch, info.depth];
}

test('a job gets its commit by the clone strategy of the stack', async () => {
  expect(await fetched({ strategy: 'clone', depth: 1 })).toEqual([false, 1]);
  expect(await fetched({ strategy: 'fetch', depth: 0 })).toEqual([true, 0]);
});

test('or by its own variables', async () => {
  expect(await fetched({ strategy: 'clone', depth: 1 }, 'GIT_STRATEGY: fetch, GIT_DEPTH: 20')).toEqual([true, 20]);
});

test('a job that generates a pipeline is to leave the lock, too', async () => {
  const lab = await openLab();
  await lab.happens(lab.push('main', { '.gitlab-ci.yml': spackPipeline }).event);
  const { artifacts } = servedJob(lab.context, (await lab.take())!);
  expect(artifacts[0]?.paths).toEqual(['jobs_scratch_dir/pipeline.yml', 'jobs_scratch_dir/concrete_environment']);
});
