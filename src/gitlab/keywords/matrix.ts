import type { Spot } from '../document/fault-list.ts';
import { isMapping } from '../document/mapping.ts';
import { checkName, readTexts } from '../document/values.ts';

/** One choice of a value for each variable of a matrix, in the order written. */
export type Variant = Readonly<Record<string, string>>;

const MAX_VARIANTS = 200;
const MAX_AXES = 50;
/** A value is part of a job's name. */
const MAX_VALUE = 255;

/**
 * All choices that a `matrix` stands for, in GitLab's order: the last variable changes fastest.
 * https://docs.gitlab.com/ci/yaml/#parallelmatrix
 */
export function readVariants(value: unknown, spot: Spot): readonly Variant[] {
  if (!Array.isArray(value) || value.length === 0) return spot.invalid('a list of mappings of variables', value) ?? [];
  const variants: Variant[] = [];
  for (const [index, item] of value.entries()) {
    if (!isMapping(item) || Object.keys(item).length === 0) {
      spot.child(index).invalid('a mapping of variables to values', item);
      continue;
    }
    if (Object.keys(item).length > MAX_AXES)
      return spot.invalid(`mappings of at most ${MAX_AXES} variables`, value) ?? [];
    const axes = Object.entries(item).map(([name, values]) => readAxis(name, values, spot.child(index).child(name)));
    const count = axes.reduce((product, { values }) => product * values.length, 1);
    if (variants.length + count > MAX_VARIANTS) return spot.invalid(`at most ${MAX_VARIANTS} jobs`, value) ?? [];
    variants.push(...combine(axes));
  }
  return variants;
}

interface Axis {
  readonly name: string;
  readonly values: readonly string[];
}

function readAxis(name: string, value: unknown, spot: Spot): Axis {
  const values = readTexts(value ?? null, spot) ?? [];
  checkName(name, spot);
  for (const [index, text] of values.entries()) checkName(text, Array.isArray(value) ? spot.child(index) : spot);
  if (values.length === 0) spot.invalid('a value or a list of values', value);
  const tooLong = values.find((text) => text.length > MAX_VALUE);
  if (tooLong === undefined) return { name, values };
  spot.invalid(`values of at most ${MAX_VALUE} characters`, tooLong);
  return { name, values: [] };
}

function combine(axes: readonly Axis[]): readonly Variant[] {
  let variants: readonly Variant[] = [{}];
  for (const { name, values } of axes)
    variants = variants.flatMap((variant) => values.map((value) => ({ ...variant, [name]: value })));
  return variants;
}
