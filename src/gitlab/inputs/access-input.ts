import { get, isMapping } from '../document/mapping.ts';
import type { InputValue } from './input-specs.ts';

export type Accessed = { readonly value: unknown } | { readonly fault: string };

/** GitLab's own limits: of parts between points, and of indices of one part. */
const MAX_PARTS = 5;
const MAX_INDICES = 5;

/**
 * Returns the value of `inputs.name`, or a part of it: `inputs.name[0].key`.
 * https://docs.gitlab.com/ci/inputs/#access-individual-array-elements
 */
export function accessInput(path: string, inputs: ReadonlyMap<string, InputValue>): Accessed {
  const [start, ...parts] = path.split('.');
  if (start !== 'inputs' || parts.length === 0 || /\s/.test(path)) return { fault: 'names no input of this file' };
  const whole = inputs.get(parts.join('.'));
  if (whole !== undefined) return { value: whole };
  if (parts.length >= MAX_PARTS) return { fault: `has more than ${MAX_PARTS} parts` };
  const [first = '', ...rest] = parts;
  let found = partOf(first, (key) => inputs.get(key));
  for (const part of rest) {
    if ('fault' in found) return found;
    const { value } = found;
    found = partOf(part, (key) => (isMapping(value) ? get(value, key) : undefined));
  }
  return found;
}

/** Returns a value as part of a text: a text as it is, nothing for null, anything else as JSON. */
export function shownInput(value: unknown): string {
  return typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value);
}

function partOf(part: string, lookup: (key: string) => unknown): Accessed {
  const [, key = part, written = ''] = /^([^[]*)((?:\[\d+\])*)$/.exec(part) ?? [];
  let value = lookup(key);
  if (value === undefined) return { fault: `finds nothing named \`${key}\`` };
  const indices = written.split(/[[\]]+/).filter((index) => index !== '');
  if (indices.length > MAX_INDICES) return { fault: `has more than ${MAX_INDICES} indices` };
  for (const index of indices) {
    if (!Array.isArray(value)) return { fault: `uses \`[${index}]\` on a value that is no list` };
    if (Number(index) >= value.length) return { fault: `uses \`[${index}]\` on a list of ${value.length}` };
    value = value[Number(index)];
  }
  return { value: value ?? '' };
}
