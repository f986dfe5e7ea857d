import type { Field } from '../document/field.ts';
import { checkMapping, checkName, readFlag, readList } from '../document/values.ts';
import type { Variable, Variables } from '../job-plan.ts';

/** Where variables are set: only those of the whole file can have a description. */
type Level = 'file' | 'other';

/** Reads a `variables` mapping; scalars become text as in GitLab. https://docs.gitlab.com/ci/yaml/#variables */
export function readVariables(field: Field, level: Level = 'other'): Variables {
  if (field.isEmpty || !checkMapping(field)) return {};
  const variables: Record<string, Variable> = {};
  for (const name of Object.keys(field.mapping)) {
    const item = field.at(name);
    if (name !== '__proto__')
      variables[name] = item.isMapping ? readDetailed(item, level) : { value: scalarText(item) ?? '', raw: false };
  }
  return variables;
}

/** Reports each invalid name once, however many jobs have it. */
export function checkVariableNames(variables: Variables, field: Field, checked: Set<string>): void {
  for (const name in variables) {
    if (checked.has(name)) continue;
    checked.add(name);
    checkName(name, field.at(name));
  }
}

function readDetailed(field: Field, level: Level): Variable {
  checkMapping(field, ['value', 'description', 'expand', 'options']);
  if (level === 'other')
    for (const keyword of ['description', 'options'].filter((key) => field.has(key)))
      field.at(keyword).misplaced('variables of a job or a rule');
  const expand = readFlag(field.at('expand')) ?? true;
  const value = field.at('value');
  const text = (value.isEmpty ? '' : scalarText(value)) ?? '';
  const options = readList(field.at('options'));
  if (options?.includes(text) === false) value.invalid(`one of its options (${options.join(', ')})`, text);
  return { value: text, raw: !expand };
}

function scalarText(field: Field): string | undefined {
  const { value } = field;
  if (value === null) return '';
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  return field.invalid('text, a number, or true or false');
}

/** Returns variables that arrive as plain text, such as those of a pipeline. */
export function plainVariables(record: Readonly<Record<string, string>>): Variables {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, { value, raw: false }]));
}
