import { isPlainText } from '../../kit/index.ts';
import type { Field } from './field.ts';

const EXIT_CODES = { min: -(2 ** 31), max: 2 ** 32 };

/** Readers of plain values: each returns the value, or undefined after a complaint. Absent values stay absent. */

export function readText(field: Field): string | undefined {
  const { value } = field;
  if (value === undefined || typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : field.invalid('text');
}

/** Reads a text that becomes a name somewhere: no control characters and no lone surrogates. */
export function readName(field: Field): string | undefined {
  const name = readText(field);
  return name === undefined ? undefined : checkName(name, field);
}

/** Reads a list of names; one alone is no list. */
export function readNames(field: Field): readonly string[] | undefined {
  const items = field.items();
  return readList(field)?.map((name, index) => checkName(name, items[index] ?? field));
}

/** Returns the name after complaining about what not every database, log and terminal can store. */
export function checkName(name: string, field: Field): string {
  if (!isPlainText(name)) field.error('GITLAB_NAME_INVALID', { keyword: field.key, name });
  return name;
}

export function readFlag(field: Field): boolean | undefined {
  const { value } = field;
  return value === undefined || typeof value === 'boolean' ? value : field.invalid('true or false');
}

/** Reads one text, or a list of them. */
export function readTexts(field: Field): readonly string[] | undefined {
  if (field.value === undefined) return undefined;
  const flat = Array.isArray(field.value) ? field.with(field.value.flat()) : field;
  return flat
    .items()
    .map(readText)
    .filter((text) => text !== undefined);
}

/** Reads a list of texts; one alone is no list. */
export function readList(field: Field): readonly string[] | undefined {
  const { value } = field;
  return value === undefined || Array.isArray(value) ? readTexts(field) : field.invalid('a list of texts');
}

export function readChoice<Choice extends string>(field: Field, choices: readonly Choice[]): Choice | undefined {
  if (field.value === undefined) return undefined;
  return choices.find((choice) => choice === field.value) ?? field.invalid(`one of ${choices.join(', ')}`);
}

export function readWhole(field: Field, { min, max }: { min: number; max: number }): number | undefined {
  const { value } = field;
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
  return field.invalid(`a whole number from ${min} to ${max}`);
}

/** Reads one whole number, or a list of them: exit codes, which exceed 255 on other systems than Unix. */
export function readExitCodes(field: Field): readonly number[] | undefined {
  if (field.value === undefined) return undefined;
  return field
    .items()
    .map((item) => readWhole(item, EXIT_CODES))
    .filter((code) => code !== undefined);
}

/** Keys of mappings that are read here which GitLab knows and that change nothing here. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set(['identity', 'ports', 'sub_components']);

/** Returns whether a value is a mapping. Reports any other value, and keys that are not known, as GitLab does. */
export function checkMapping(field: Field, known?: readonly string[]): boolean {
  if (!field.isMapping) return field.invalid('a mapping') ?? false;
  for (const key of Object.keys(field.mapping)) {
    if (known?.includes(key) !== false) continue;
    if (WITHOUT_EFFECT.has(key)) field.at(key).ignored();
    else field.at(key).unknown(known);
  }
  return true;
}
