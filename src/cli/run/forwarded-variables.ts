import { expandVariables } from '../../gitlab/index.ts';
import type { Variables } from '../../gitlab/index.ts';
import type { LocalPipeline } from './local-pipeline.ts';
import type { TextVariables } from './predefined-variables.ts';

/**
 * The variables that a trigger gives to its child, whose pipeline variables they will be (https://docs.gitlab.com/ci/yaml/#triggerforward):
 * those of the configuration unless it says no, those of the pipeline if it says so. `variables` are the trigger's, put together.
 */
export function forwardedVariables(pipeline: LocalPipeline, job: string, variables: Variables): TextVariables {
  const { trigger, variables: planned, overridden = {} } = pipeline.planOf(job);
  const { yamlVariables = true, pipelineVariables = false } = trigger?.forward ?? {};
  const lookup = (name: string) => variables[name]?.value;
  const own = Object.keys(planned).filter((name) => !Object.hasOwn(pipeline.given, name));
  const yaml = {
    ...Object.fromEntries(own.map((name) => [name, lookup(name) ?? ''])),
    ...Object.fromEntries(
      Object.entries(overridden).map(([name, { value, raw }]) => [name, raw ? value : expandVariables(value, lookup)]),
    ),
  };
  return { ...(yamlVariables ? yaml : {}), ...(pipelineVariables ? pipeline.given : {}) };
}
