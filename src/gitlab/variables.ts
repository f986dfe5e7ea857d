import type { Spot } from './fault-list.ts';
import type { Variable, Variables } from './job-plan.ts';
import { get, isMapping } from './mapping.ts';
import { readFlag, readMapping, warnUnknown } from './values.ts';

/** Reads a `variables` mapping; scalars become text as GitLab makes it. */
export function readVariables(value: unknown, spot: Spot): Variables {
  if (value === undefined || value === null) return {};
  const mapping = readMapping(value, spot) ?? {};
  const entries = Object.entries(mapping).map(([name, item]) => [name, readVariable(item, spot.child(name))] as const);
  return Object.fromEntries(entries.filter(([, variable]) => variable !== undefined)) as Variables;
}

function readVariable(value: unknown, spot: Spot): Variable | undefined {
  if (!isMapping(value)) return { value: scalarText(value, spot) ?? '', raw: false };
  warnUnknown(value, ['value', 'description', 'expand', 'options'], spot);
  const expand = readFlag(get(value, 'expand'), spot.child('expand')) ?? true;
  return { value: scalarText(get(value, 'value') ?? '', spot.child('value')) ?? '', raw: !expand };
}

function scalarText(value: unknown, spot: Spot): string | undefined {
  if (value === null) return '';
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  return spot.invalid('text, a number, or true or false', value);
}

/** Pipeline variables and others that arrive as plain text. */
export function plainVariables(record: Readonly<Record<string, string>>): Variables {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, { value, raw: false }]));
}
