import type { Spot } from '../document/fault-list.ts';
import type { Variable, Variables } from '../job-plan.ts';
import { get, isMapping, type Mapping } from '../document/mapping.ts';
import { checkName, readFlag, readList, readMapping, rejectUnknown } from '../document/values.ts';

/** Where variables stand: only the file's own may be described. */
type Level = 'file' | 'other';

/** Reads a `variables` mapping; scalars become text as GitLab makes it. https://docs.gitlab.com/ci/yaml/#variables */
export function readVariables(value: unknown, spot: Spot, level: Level = 'other'): Variables {
  if (value === undefined || value === null) return {};
  const mapping = readMapping(value, spot) ?? {};
  const variables: Record<string, Variable> = {};
  for (const [name, item] of Object.entries(mapping)) {
    const variable = isMapping(item)
      ? readDetailed(item, spot.child(name), level)
      : { value: scalarText(item, spot, name) ?? '', raw: false };
    if (name !== '__proto__') variables[name] = variable;
  }
  return variables;
}

/** Complains of each name once, however many jobs have it. */
export function checkVariableNames(variables: Variables, spot: Spot, checked: Set<string>): void {
  for (const name in variables) {
    if (checked.has(name)) continue;
    checked.add(name);
    checkName(name, spot.child(name));
  }
}

function readDetailed(value: Mapping, spot: Spot, level: Level): Variable {
  rejectUnknown(value, ['value', 'description', 'expand', 'options'], spot);
  if (level === 'other') {
    for (const keyword of ['description', 'options'].filter((key) => Object.hasOwn(value, key)))
      spot.child(keyword).error('GITLAB_KEYWORD_MISPLACED', { keyword, place: 'variables of a job or a rule' });
  }
  const expand = readFlag(get(value, 'expand'), spot.child('expand')) ?? true;
  const text = scalarText(get(value, 'value') ?? '', spot, 'value') ?? '';
  const options = readList(get(value, 'options'), spot.child('options'));
  if (options !== undefined && !options.includes(text))
    spot.child('value').invalid(`one of its options (${options.join(', ')})`, text);
  return { value: text, raw: !expand };
}

function scalarText(value: unknown, spot: Spot, key: string): string | undefined {
  if (typeof value === 'string') return value;
  if (value === null) return '';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return spot.child(key).invalid('text, a number, or true or false', value);
}

/** Pipeline variables and others that arrive as plain text. */
export function plainVariables(record: Readonly<Record<string, string>>): Variables {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, { value, raw: false }]));
}
