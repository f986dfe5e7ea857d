import type { Field } from '../document/field.ts';
import { checkName, readTexts } from '../document/values.ts';

/** One choice of a value for each variable of a matrix, in the order written. */
export type Variant = Readonly<Record<string, string>>;

const MAX_VARIANTS = 200;
const MAX_AXES = 50;
/** A value is part of a job's name. */
const MAX_VALUE = 255;

/**
 * Returns all choices of a `matrix`, in GitLab's order: the last variable changes fastest.
 * https://docs.gitlab.com/ci/yaml/#parallelmatrix
 */
export function readVariants(field: Field): readonly Variant[] {
  const { value } = field;
  if (!Array.isArray(value) || value.length === 0) return field.invalid('a list of mappings of variables') ?? [];
  const variants: Variant[] = [];
  for (const item of field.items()) {
    const names = Object.keys(item.mapping);
    if (names.length === 0) {
      item.invalid('a mapping of variables to values');
      continue;
    }
    if (names.length > MAX_AXES) return field.invalid(`mappings of at most ${MAX_AXES} variables`) ?? [];
    const axes = names.map((name) => ({ name, values: readAxis(name, item.required(name)) }));
    const count = axes.reduce((product, { values }) => product * values.length, 1);
    if (variants.length + count > MAX_VARIANTS) return field.invalid(`at most ${MAX_VARIANTS} jobs`) ?? [];
    variants.push(...combine(axes));
  }
  return variants;
}

interface Axis {
  readonly name: string;
  readonly values: readonly string[];
}

function readAxis(name: string, field: Field): readonly string[] {
  const values = readTexts(field) ?? [];
  const items = field.items();
  checkName(name, field);
  for (const [index, text] of values.entries()) checkName(text, items[index] ?? field);
  if (values.length === 0) field.invalid('a value or a list of values');
  const tooLong = values.find((text) => text.length > MAX_VALUE);
  if (tooLong === undefined) return values;
  field.invalid(`values of at most ${MAX_VALUE} characters`, tooLong);
  return [];
}

function combine(axes: readonly Axis[]): readonly Variant[] {
  let variants: readonly Variant[] = [{}];
  for (const { name, values } of axes)
    variants = variants.flatMap((variant) => values.map((value) => ({ ...variant, [name]: value })));
  return variants;
}
