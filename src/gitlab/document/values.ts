import { isPlainText } from '../../kit/index.ts';
import type { Spot } from './fault-list.ts';
import { isMapping, type Mapping } from './mapping.ts';

const EXIT_CODES = { min: -(2 ** 31), max: 2 ** 32 };

/**
 * Readers of plain values: each gives the value, or undefined after complaining at the spot. Absent values stay absent.
 */

export function readMapping(value: unknown, spot: Spot): Mapping | undefined {
  return isMapping(value) ? value : spot.invalid('a mapping', value);
}

export function readText(value: unknown, spot: Spot): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : spot.invalid('text', value);
}

/** A text that becomes a name somewhere: no control characters and no lone surrogates. */
export function readName(value: unknown, spot: Spot): string | undefined {
  const name = readText(value, spot);
  return name === undefined ? undefined : checkName(name, spot);
}

/** A list of names; one alone is no list. */
export function readNames(value: unknown, spot: Spot): readonly string[] | undefined {
  return readList(value, spot)?.map((name, index) => checkName(name, spot.child(index)));
}

/** Gives the name back after complaining about what not every database, log and terminal can hold. */
export function checkName(name: string, spot: Spot): string {
  if (!isPlainText(name)) spot.error('GITLAB_NAME_INVALID', { keyword: spot.key, name });
  return name;
}

export function readFlag(value: unknown, spot: Spot): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value;
  return spot.invalid('true or false', value);
}

/** One text, or a list of them. */
export function readTexts(value: unknown, spot: Spot): readonly string[] | undefined {
  if (value === undefined) return undefined;
  const items = Array.isArray(value) ? value : [value];
  const texts = items
    .flat()
    .map((item, index) => readText(item ?? null, Array.isArray(value) ? spot.child(index) : spot));
  return texts.filter((text) => text !== undefined);
}

/** A list of texts; one alone is no list. */
export function readList(value: unknown, spot: Spot): readonly string[] | undefined {
  if (value === undefined || Array.isArray(value)) return readTexts(value, spot);
  return spot.invalid('a list of texts', value);
}

export function readChoice<Choice extends string>(
  value: unknown,
  spot: Spot,
  choices: readonly Choice[],
): Choice | undefined {
  if (value === undefined) return undefined;
  const found = choices.find((choice) => choice === value);
  return found ?? spot.invalid(`one of ${choices.join(', ')}`, value);
}

export function readWhole(value: unknown, spot: Spot, range: { min: number; max: number }): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= range.min && value <= range.max) return value;
  return spot.invalid(`a whole number from ${range.min} to ${range.max}`, value);
}

/** One whole number, or a list of them: exit codes, which are larger than 255 elsewhere than on Unix. */
export function readWholes(value: unknown, spot: Spot): readonly number[] | undefined {
  if (value === undefined) return undefined;
  const numbers = (Array.isArray(value) ? value : [value]).map((item) => readWhole(item, spot, EXIT_CODES));
  return numbers.filter((number) => number !== undefined);
}

/** Keys of mappings that are read here which GitLab knows and that change nothing here. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set(['identity', 'ports', 'sub_components']);

/** Reports keys that are not known, as GitLab does. */
export function rejectUnknown(mapping: Mapping, known: readonly string[], spot: Spot): void {
  for (const key of Object.keys(mapping)) {
    if (known.includes(key)) continue;
    const child = spot.child(key);
    if (WITHOUT_EFFECT.has(key)) child.warn('GITLAB_KEYWORD_IGNORED', { keyword: child.key });
    else child.unknown(key, known);
  }
}
