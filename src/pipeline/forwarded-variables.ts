import { expandVariables, resolveVariables, type JobPlan, type Variable, type Variables } from '../gitlab/index.ts';
import type { TextVariables } from './ports.ts';
import { asVariables } from './predefined-variables.ts';

/** The variables of a trigger job, as far as its child is made of them. */
interface TriggerVariables {
  /** What jobs before it reported. */
  readonly reported: TextVariables;
  /** All of them, expanded by each other. */
  readonly values: TextVariables;
}

/** Resolves the variables of a trigger job. `known` are predefined ones. */
export function triggerVariables(plan: JobPlan, known: Variables, reported: TextVariables): TriggerVariables {
  return { reported, values: resolveVariables({ ...known, ...plan.variables, ...asVariables(reported) }) };
}

/**
 * Returns the pipeline variables that a trigger job gives to its child
 * (https://docs.gitlab.com/ci/yaml/#triggerforward): those of the configuration unless it refuses, over them what jobs
 * reported and what was given to the pipeline (`explicit`) if it asks for that. Values are expanded in the parent, so that
 * `$CI_PIPELINE_ID` is the parent's; unknown references are left for the child.
 */
export function forwardedVariables(
  { trigger, variables, overridden = {} }: JobPlan,
  { reported, values }: TriggerVariables,
  explicit: readonly string[],
): TextVariables {
  const { yamlVariables = true, pipelineVariables = false } = trigger?.forward ?? {};
  // Two dollars stand for one, so that a raw value stays as it is.
  const forwarded = ({ value, raw }: Variable, expanded: string) => (raw ? value.replaceAll('$', '$$$$') : expanded);
  const alone = (variable: Variable) => {
    const expanded = expandVariables(variable.value, (name) => values[name]);
    return forwarded(variable, expanded);
  };
  const entries = Object.entries(variables).map(([name, variable]) => {
    const isReported = Object.hasOwn(reported, name);
    return [name, isReported ? alone(variable) : forwarded(variable, values[name] ?? '')] as const;
  });
  const hidden = Object.entries(overridden).map(([name, variable]) => [name, alone(variable)] as const);
  const own = [...entries.filter(([name]) => !explicit.includes(name)), ...hidden];
  const others = [
    ...Object.keys(reported).map((name) => [name, values[name] ?? ''] as const),
    ...entries.filter(([name]) => explicit.includes(name)),
  ];
  return Object.fromEntries([...(yamlVariables ? own : []), ...(pipelineVariables ? others : [])]);
}
