import type { ChangeRates, LayerItem } from './change-model.ts';

/** Packages that share a layer, and what that layer is expected to cost. */
export interface LayerGroup {
  readonly items: readonly LayerItem[];
  readonly bytes: number;
  /** Numbers of the packages whose change changes the layer. */
  readonly causes: Int32Array;
  /** The same as a flag a package, for looking up. */
  readonly isCause: Uint8Array;
  /** `-ln` of the likelihood that none of its causes changes. */
  readonly weight: number;
}

/** `-ln(1 - p)` of each package, which can be added; and the packages' numbers. */
export interface Weights {
  readonly numbers: ReadonlyMap<string, number>;
  readonly values: Float64Array;
}

export function weightsOf(items: readonly LayerItem[], rates: ChangeRates): Weights {
  const names = [...new Set(items.flatMap(({ causes }) => causes))];
  return {
    numbers: new Map(names.map((name, index) => [name, index])),
    values: Float64Array.from(names, (name) => -Math.log1p(-rates(name))),
  };
}

export function groupOf(items: readonly LayerItem[], weights: Weights): LayerGroup {
  const isCause = new Uint8Array(weights.values.length);
  for (const { causes } of items) for (const name of causes) isCause[weights.numbers.get(name) as number] = 1;
  return groupFrom({ items, bytes: items.reduce((sum, item) => sum + item.bytes, 0), isCause }, weights);
}

export function joined(one: LayerGroup, other: LayerGroup, weights: Weights): LayerGroup {
  const isCause = one.isCause.map((flag, index) => flag | (other.isCause[index] as number));
  return groupFrom({ items: [...one.items, ...other.items], bytes: one.bytes + other.bytes, isCause }, weights);
}

/** Bytes that the next change of the stack is expected to have pulled because of this layer. */
export function expectedBytes({ bytes, weight }: Pick<LayerGroup, 'bytes' | 'weight'>): number {
  return bytes * -Math.expm1(-weight);
}

/** How many more bytes are expected if two layers become one. Never negative but for rounding. */
export function costOfJoining(one: LayerGroup, other: LayerGroup, { values }: Weights): number {
  const [few, many] = one.causes.length < other.causes.length ? [one, other] : [other, one];
  let shared = 0;
  for (const cause of few.causes) shared += (many.isCause[cause] as number) * (values[cause] as number);
  const weight = one.weight + other.weight - shared;
  return expectedBytes({ bytes: one.bytes + other.bytes, weight }) - expectedBytes(one) - expectedBytes(other);
}

function groupFrom(what: Pick<LayerGroup, 'items' | 'bytes' | 'isCause'>, { values }: Weights): LayerGroup {
  const numbers: number[] = [];
  let weight = 0;
  for (const [index, flag] of what.isCause.entries()) {
    if (flag === 0) continue;
    numbers.push(index);
    weight += values[index] as number;
  }
  return { ...what, causes: Int32Array.from(numbers), weight };
}
