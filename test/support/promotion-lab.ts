import { expect } from 'vitest';
import { embedded, openLab, type Lab, type LabOptions } from './coordinator.ts';

type Files = Readonly<Record<string, string>>;

/** A pipeline that Slipway generates and starts; `more` is for its generate job. */
export const generatingPipeline = (more: object = {}) =>
  JSON.stringify({
    stages: ['generate', 'build'],
    generate: { stage: 'generate', script: ['slipway generate'], artifacts: { paths: ['jobs_scratch_dir'] }, ...more },
    build: {
      stage: 'build',
      trigger: { include: [{ artifact: 'jobs_scratch_dir/pipeline.yml', job: 'generate' }], strategy: 'depend' },
    },
  });

/** The files of a stack with such a pipeline. */
export const generatingStack: Files = {
  'spack.yaml': 'spack: { specs: [gauge] }\n',
  '.gitlab-ci.yml': generatingPipeline(),
};

/** A lab whose runner is trusted, and whose stack promotes packages of pull requests. */
export function openPromotionLab({ stack, runners }: LabOptions = {}): Promise<Lab> {
  return openLab({
    stack: { promotion: 'pull-request', ...stack },
    runners: runners ?? [{ ...embedded, trusted: true }],
  });
}

/** Tests pull request 7 to its end, and returns its pipeline. */
export async function testRequest(lab: Lab, more: { files?: Files; fork?: boolean } = {}): Promise<string> {
  const { sha } = lab.push('fix', more.files ?? generatingStack);
  await lab.happens(lab.forge.request('7', sha, { fork: more.fork ?? false }));
  await lab.workAll();
  const [newest] = lab.context.pipelines.list({ stack: 'lab', request: '7', limit: 1 });
  expect(newest?.status).toBe('success');
  return newest?.id ?? '';
}
