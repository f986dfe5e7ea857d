import type { PipelineSettings } from './settings.ts';
import type { ServiceJob } from './service-jobs.ts';
import { childPipelineVariables } from './pipeline-variables.ts';

/**
 * The job that brings the files of the parts into this pipeline: a child can only be made of its own pipeline's
 * artifacts.
 */
const bringer = 'pipeline-parts';

/** The pipeline that runs the parts of one that is too large for GitLab: each is a child of it, one after the other. */
export function partsPipeline(
  names: readonly string[],
  { services, settings }: { readonly services: readonly ServiceJob[]; readonly settings: PipelineSettings },
): Record<string, unknown> {
  const { artifactsRoot, generator } = settings;
  const stages = [bringer, ...names.map((_, index) => `part-${index + 1}`)];
  const parts = names.map((name, index) => {
    const include = [{ artifact: `${artifactsRoot}/${name}`, job: bringer }];
    return [`part-${index + 1}`, { stage: `part-${index + 1}`, trigger: { include, strategy: 'depend' } }] as const;
  });
  return {
    stages: [...stages, ...services.map((one) => one.stage)],
    variables: childPipelineVariables(settings),
    workflow: { rules: [{ when: 'always' }] },
    [bringer]: {
      stage: bringer,
      script: [`ls ${artifactsRoot}`],
      ...(generator === undefined ? {} : { needs: [{ job: generator.job, pipeline: generator.pipeline }] }),
      artifacts: { paths: names.map((name) => `${artifactsRoot}/${name}`) },
    },
    ...Object.fromEntries(parts),
    ...Object.fromEntries(services.map(({ name, job }) => [name, job])),
  };
}
