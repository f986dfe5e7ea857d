import type { Lookup } from '../conditions/expression.ts';
import { evaluateRules } from '../conditions/rules.ts';
import type { Field } from '../document/field.ts';
import { checkMapping, checkName, readChoice, readText } from '../document/values.ts';
import type { Variables } from '../job-plan.ts';
import type { AutoCancel } from '../pipeline-plan.ts';
import { isGlobal } from './keywords.ts';
import type { Reading } from '../reading.ts';
import { expandVariables } from '../variables/expand-variables.ts';

const MAX_NAME = 255;

interface Workflow {
  readonly name?: string;
  /** False if its rules exclude the pipeline. */
  readonly runs: boolean;
  /** Whether it has rules; then jobs without rules of their own run in pipelines of any kind. */
  readonly hasRules: boolean;
  readonly variables: Variables;
  readonly autoCancel?: AutoCancel;
}

/** https://docs.gitlab.com/ci/yaml/#workflow */
export function readWorkflow(reading: Reading, globals: Variables): Workflow {
  const { references, variables, conditions, repository, budget } = reading;
  const written = references.topLevel('workflow');
  const field = isGlobal('workflow', written.value) ? written : written.with(undefined);
  if (!field.isEmpty) checkMapping(field, ['rules', 'name', 'auto_cancel']);
  const hasRules = field.has('rules');
  const [lookup, expanded] = [variables.over(globals), variables.expandedOver(globals)];
  const setting = { conditions, repository, lookup, expanded, budget, kind: 'workflow' } as const;
  const outcome = hasRules ? evaluateRules(field.at('rules'), setting) : { variables: {} };
  const own = readAutoCancel(field.at('auto_cancel'));
  const ruled = outcome?.field && readAutoCancel(outcome.field.at('auto_cancel'));
  return {
    name: readName(field.at('name'), variables.expandedOver({ ...globals, ...outcome?.variables })),
    runs: outcome !== undefined && outcome.when !== 'never',
    hasRules,
    variables: outcome?.variables ?? {},
    autoCancel: (own ?? ruled) && { onNewCommit: 'conservative', onJobFailure: 'none', ...own, ...ruled },
  };
}

/** Variables without a value are empty here: https://docs.gitlab.com/ci/yaml/#workflowname */
function readName(field: Field, lookup: Lookup): string | undefined {
  const name = readText(field);
  if (name === undefined) return undefined;
  if (name === '' || name.length > MAX_NAME) return field.invalid(`a text of 1 to ${MAX_NAME} characters`);
  return checkName(expandVariables(name, (variable) => lookup(variable) ?? '').trim(), field);
}

/** https://docs.gitlab.com/ci/yaml/#workflowauto_cancel */
function readAutoCancel(field: Field): Partial<AutoCancel> | undefined {
  if (field.value === undefined) return undefined;
  checkMapping(field, ['on_new_commit', 'on_job_failure']);
  const onNewCommit = readChoice(field.at('on_new_commit'), ['conservative', 'interruptible', 'none'] as const);
  const onJobFailure = readChoice(field.at('on_job_failure'), ['all', 'none'] as const);
  return { ...(onNewCommit && { onNewCommit }), ...(onJobFailure && { onJobFailure }) };
}
