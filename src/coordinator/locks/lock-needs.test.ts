import { expect, test } from 'vitest';
import { spackPipeline } from '../../../test/support/child-pipeline.ts';
import { lock, openLab } from '../../../test/support/coordinator.ts';
import { writeLockfile } from '../../spack/index.ts';

const variables = { SPACK_JOB_SPEC_DAG_HASH: lock.tide.hash, SPACK_JOB_SPEC_PKG_NAME: 'tide' };

/** Names of the jobs whose artifacts each job of a generated pipeline gets. */
async function inputsOf(child: object): Promise<Readonly<Record<string, readonly string[]>>> {
  const lab = await openLab();
  await lab.happens(lab.push('main', { '.gitlab-ci.yml': spackPipeline }).event);
  const generate = (await lab.take())!;
  await lab.leave(generate, {
    'jobs_scratch_dir/concrete_environment/spack.lock': writeLockfile(lock),
    'jobs_scratch_dir/pipeline.yml': JSON.stringify(child),
  });
  await lab.finish(generate);
  const inputs: Record<string, readonly string[]> = {};
  for (let job = await lab.take(); job !== undefined; job = await lab.take())
    inputs[job.run.name] = job.dependencies.map(({ run }) => run.name);
  return inputs;
}

test('jobs that Spack generated without a need of the lock get it from the job that generated them', async () => {
  const inputs = await inputsOf({
    variables: { SPACK_CONCRETE_ENV_DIR: 'jobs_scratch_dir/concrete_environment' },
    tide: { needs: [], script: ['spack ci rebuild'], variables },
    'rebuild-index': { needs: [], script: ['spack buildcache update-index'] },
  });
  expect(inputs).toEqual({ tide: ['generate'], 'rebuild-index': [] });
});

test('jobs that name it, and those of other pipelines, keep their needs', async () => {
  const named = { pipeline: '$PARENT_PIPELINE_ID', job: 'generate' };
  const inputs = await inputsOf({
    tide: { needs: [], script: ['slipway rebuild'], variables },
    other: {
      needs: [named],
      script: ['x'],
      variables: { SPACK_JOB_SPEC_DAG_HASH: lock.gauge.hash, SPACK_CONCRETE_ENV_DIR: 'x' },
    },
  });
  expect(inputs).toEqual({ tide: [], other: ['generate'] });
});
