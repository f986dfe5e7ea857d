import type { PipelineSettings } from './settings.ts';
import type { ServiceJob } from './service-jobs.ts';
import { childPipelineVariables } from './pipeline-variables.ts';

/** A child pipeline can only be made of its own pipeline's artifacts: this job copies the files of the parts. */
const copyJob = 'pipeline-parts';

/** Returns the pipeline that runs the parts of one that is too large for GitLab: children, one after the other. */
export function partsPipeline(
  files: readonly string[],
  services: readonly ServiceJob[],
  settings: PipelineSettings,
): Record<string, unknown> {
  const { artifactsRoot: root, generator } = settings;
  const parts = files.map((file, index) => {
    const trigger = { include: [{ artifact: `${root}/${file}`, job: copyJob }], strategy: 'depend' };
    return { name: `part-${index + 1}`, stage: `part-${index + 1}`, job: { stage: `part-${index + 1}`, trigger } };
  });
  const stages = [copyJob, ...parts.map(({ stage }) => stage)];
  return {
    ...pipelineHead(stages, services, settings),
    [copyJob]: {
      stage: copyJob,
      script: [`ls ${root}`],
      needs: generator && [generator],
      artifacts: { paths: files.map((file) => `${root}/${file}`) },
    },
    ...jobsByName([...parts, ...services]),
  };
}

/** Returns everything but the jobs of a pipeline. */
export function pipelineHead(
  stages: readonly string[],
  services: readonly ServiceJob[],
  settings: PipelineSettings,
): Record<string, unknown> {
  return {
    stages: [...stages, ...services.map((one) => one.stage)],
    variables: childPipelineVariables(settings),
    workflow: { rules: [{ when: 'always' }] },
  };
}

export function jobsByName(jobs: readonly ServiceJob[]): Record<string, unknown> {
  return Object.fromEntries(jobs.map(({ name, job }) => [name, job]));
}
