import { expandVariables } from '../../gitlab/index.ts';
import type { JobPlan, Variable, Variables } from '../../gitlab/index.ts';
import { jobInputs } from './job-inputs.ts';
import type { LocalPipeline } from './local-pipeline.ts';
import type { TextVariables } from './predefined-variables.ts';

/**
 * The variables that a trigger gives to its child, whose pipeline variables they will be (https://docs.gitlab.com/ci/yaml/#triggerforward):
 * those of the configuration unless it says no, those of the pipeline and those that jobs reported if it says so. `variables` are the
 * trigger's, put together.
 */
export function forwardedVariables(pipeline: LocalPipeline, job: string, variables: Variables): TextVariables {
  const plan = pipeline.planOf(job);
  const { yamlVariables = true, pipelineVariables = false } = plan.trigger?.forward ?? {};
  const lookup = (name: string) => variables[name]?.value;
  const { dotenv } = jobInputs(pipeline, plan, lookup);
  const reported = Object.fromEntries(Object.keys(dotenv).map((name) => [name, lookup(name) ?? '']));
  return {
    ...(yamlVariables ? ownVariables(pipeline, plan, { lookup, reported }) : {}),
    ...(pipelineVariables ? { ...reported, ...pipeline.given } : {}),
  };
}

/** As the configuration says, whatever else has the same name. */
function ownVariables(
  { given, secrets }: LocalPipeline,
  { variables, overridden = {} }: JobPlan,
  { lookup, reported }: { readonly lookup: (name: string) => string | undefined; readonly reported: TextVariables },
): TextVariables {
  const isElsewhere = (name: string) => Object.hasOwn(reported, name) || Object.hasOwn(secrets, name);
  const alone = ({ value, raw }: Variable) => (raw ? value : expandVariables(value, lookup));
  const own = Object.entries(variables).filter(([name]) => !Object.hasOwn(given, name));
  return Object.fromEntries([
    ...own.map(([name, variable]) => [name, isElsewhere(name) ? alone(variable) : (lookup(name) ?? '')] as const),
    ...Object.entries(overridden).map(([name, variable]) => [name, alone(variable)] as const),
  ]);
}
