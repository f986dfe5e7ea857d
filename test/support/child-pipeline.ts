import type { SpecNode } from '../../src/spack/index.ts';

/** The text of a pipeline that Spack generates and that is started then. */
export const spackPipeline = [
  'stages: [generate, build]',
  'generate: { stage: generate, script: [spack ci generate], artifacts: { paths: [jobs_scratch_dir/pipeline.yml] } }',
  'build: { stage: build, trigger: { include: [{ artifact: jobs_scratch_dir/pipeline.yml, job: generate }] } }',
  '',
].join('\n');

/** The text of a pipeline that builds packages, as a generate job leaves it. */
export function childPipeline(jobs: readonly { node: SpecNode; needs: readonly string[] }[]): string {
  const text = jobs.map(({ node, needs }) => ({
    [node.name]: {
      script: ['slipway rebuild'],
      interruptible: true,
      needs: [...needs, { pipeline: '$PARENT_PIPELINE_ID', job: 'generate' }],
      variables: { SPACK_JOB_SPEC_DAG_HASH: node.hash, SPACK_JOB_SPEC_PKG_NAME: node.name },
    },
  }));
  return JSON.stringify(Object.assign({}, ...text));
}
