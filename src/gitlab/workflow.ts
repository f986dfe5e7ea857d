import { expandVariables } from './expand-variables.ts';
import { Spot } from './fault-list.ts';
import type { Variables } from './job-plan.ts';
import { get } from './mapping.ts';
import { lookupIn } from './reading.ts';
import type { Reading } from './reading.ts';
import { WORKFLOW_RULE_KEYS, evaluateRules } from './rules.ts';
import { readMapping, readText, warnUnknown } from './values.ts';

export interface Workflow {
  readonly name?: string;
  /** False: its rules say that there is to be no pipeline. */
  readonly runs: boolean;
  readonly variables: Variables;
}

/** https://docs.gitlab.com/ci/yaml/#workflow */
export function readWorkflow(reading: Reading, globals: Variables): Workflow {
  const spot = new Spot(reading.faults, ['workflow']);
  const value = reading.references.resolve(get(reading.root, 'workflow') ?? {}, spot);
  const workflow = readMapping(value, spot) ?? {};
  warnUnknown(workflow, ['rules', 'name', 'auto_cancel'], spot);
  if (Object.hasOwn(workflow, 'auto_cancel'))
    spot.child('auto_cancel').warn('GITLAB_KEYWORD_IGNORED', { keyword: 'workflow:auto_cancel' });
  const lookup = lookupIn(reading.context, globals);
  const rules = get(workflow, 'rules');
  const setting = { conditions: reading.conditions, lookup, keys: WORKFLOW_RULE_KEYS };
  const outcome = rules === undefined ? { variables: {} } : evaluateRules(rules, spot.child('rules'), setting);
  const name = readText(get(workflow, 'name'), spot.child('name'));
  return {
    ...(name === undefined ? {} : { name: expandVariables(name, lookup) }),
    runs: outcome !== undefined && !('when' in outcome && outcome.when === 'never'),
    variables: outcome?.variables ?? {},
  };
}
