import { expect, test } from 'vitest';
import { wholePipeline } from './whole-pipeline.ts';

const job = (pipeline: string, name: string) => ({ pipeline, name });

test('a pipeline of several pages has each job in the pipeline that it is of, in the order of the pages', async () => {
  const pages: Readonly<Record<string, object>> = {
    '/pipelines/7': { id: '7', jobs: [job('7', 'a')], children: [{ id: '8', jobs: [] }], next: '7.0' },
    '/pipelines/7/jobs?after=7.0': { jobs: [job('7', 'b'), job('8', 'c')], next: '8.0' },
    '/pipelines/7/jobs?after=8.0': { jobs: [job('8', 'd'), job('9', 'of a pipeline that is younger')] },
  };
  expect(await wholePipeline('7', async (path) => pages[path])).toEqual({
    id: '7',
    jobs: [job('7', 'a'), job('7', 'b')],
    children: [{ id: '8', jobs: [job('8', 'c'), job('8', 'd')] }],
  });
});
