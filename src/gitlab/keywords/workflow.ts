import { expandVariables } from '../variables/expand-variables.ts';
import { Spot } from '../document/fault-list.ts';
import type { Variables } from '../job-plan.ts';
import { get } from '../document/mapping.ts';
import type { AutoCancel } from '../pipeline-plan.ts';
import type { Reading } from '../reading.ts';
import { evaluateRules } from '../conditions/rules.ts';
import { checkName, readChoice, readMapping, readText, rejectUnknown } from '../document/values.ts';

const MAX_NAME = 255;

interface Workflow {
  readonly name?: string;
  /** False: its rules say that there is to be no pipeline. */
  readonly runs: boolean;
  /** Whether it has rules; then jobs without rules of their own run in pipelines of any kind. */
  readonly hasRules: boolean;
  readonly variables: Variables;
  readonly autoCancel?: AutoCancel;
}

/** https://docs.gitlab.com/ci/yaml/#workflow */
export function readWorkflow(reading: Reading, globals: Variables): Workflow {
  const spot = new Spot(reading.faults, ['workflow']);
  const value = reading.references.resolve(get(reading.root, 'workflow') ?? {}, spot);
  const workflow = readMapping(value, spot) ?? {};
  rejectUnknown(workflow, ['rules', 'name', 'auto_cancel'], spot);
  const rules = get(workflow, 'rules');
  const outcome = rules === undefined ? { variables: {} } : decide(rules, spot.child('rules'), { reading, globals });
  const name = readName(get(workflow, 'name'), spot.child('name'));
  const lookup = reading.variables.expandedOver({ ...globals, ...outcome?.variables });
  const expanded = (text: string) => expandVariables(text, (variable) => lookup(variable) ?? '').trim();
  const own = readAutoCancel(get(workflow, 'auto_cancel'), spot.child('auto_cancel'));
  const ruled = readAutoCancel(outcome?.autoCancel, outcome?.spot?.child('auto_cancel') ?? spot);
  return {
    // What is not known is nothing here: https://docs.gitlab.com/ci/yaml/#workflowname
    ...(name === undefined ? {} : { name: checkName(expanded(name), spot.child('name')) }),
    runs: outcome !== undefined && outcome.when !== 'never',
    hasRules: rules !== undefined,
    variables: outcome?.variables ?? {},
    ...(own === undefined && ruled === undefined
      ? {}
      : { autoCancel: { onNewCommit: 'conservative', onJobFailure: 'none', ...own, ...ruled } }),
  };
}

function readName(value: unknown, spot: Spot): string | undefined {
  const name = readText(value, spot);
  if (name === undefined || (name !== '' && name.length <= MAX_NAME)) return name;
  return spot.invalid(`a text of 1 to ${MAX_NAME} characters`, name);
}

function decide(rules: unknown, spot: Spot, { reading, globals }: { reading: Reading; globals: Variables }) {
  const { conditions, repository, variables, budget } = reading;
  const [lookup, expanded] = [variables.over(globals), variables.expandedOver(globals)];
  return evaluateRules(rules, spot, { conditions, repository, lookup, expanded, budget, kind: 'workflow' });
}

/** https://docs.gitlab.com/ci/yaml/#workflowauto_cancel */
function readAutoCancel(value: unknown, spot: Spot): Partial<AutoCancel> | undefined {
  if (value === undefined) return undefined;
  const mapping = readMapping(value, spot) ?? {};
  rejectUnknown(mapping, ['on_new_commit', 'on_job_failure'], spot);
  const at = (key: string) => [get(mapping, key), spot.child(key)] as const;
  const onNewCommit = readChoice(...at('on_new_commit'), ['conservative', 'interruptible', 'none'] as const);
  const onJobFailure = readChoice(...at('on_job_failure'), ['all', 'none'] as const);
  return {
    ...(onNewCommit === undefined ? {} : { onNewCommit }),
    ...(onJobFailure === undefined ? {} : { onJobFailure }),
  };
}
