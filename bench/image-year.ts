import { groupPackages } from '../src/image/layers/group-packages.ts';
import type { ChangeRates, LayerItem } from '../src/image/layers/change-model.ts';
import type { BenchReport } from './report.ts';

/**
 * A year of somebody who pulls `latest` after each change of a stack of 600 packages. The model, as no stack of that size
 * has a public history of locks: packages depend on up to three earlier ones, the earliest
 * the most; a package's closure has some 20 packages, as in the locks of real stacks; sizes are log-normal
 * (median 1.5 MB); how often a package changes by itself follows a power law, blind to size and place; 250
 * changes, of one to three packages each, change the hashes of all that depends on them. The planner does not know the
 * rates: it learns them from the changes so far. 110 layers are for packages.
 */
export interface YearResult {
  readonly layers: number;
  readonly pulledBytes: number;
  /** One layer a package. */
  readonly idealBytes: number;
  readonly oneLayerBytes: number;
  readonly firstFewBytes: number;
}

const PACKAGES = 600;
const CHANGES = 250;
const LIMIT = 110;

export function simulateYear(seed: number): YearResult {
  const random = generator(seed);
  const stack = makeStack(random);
  const versions = stack.map(() => 0);
  const own = stack.map(() => 0);
  let groups = groupPackages(stack, { limit: LIMIT, rates: () => 1 / 200 });
  const result = { layers: groups.length, pulledBytes: 0, idealBytes: 0, oneLayerBytes: 0, firstFewBytes: 0 };
  const total = bytesOf(stack);
  for (let step = 1; step <= CHANGES; step += 1) {
    const causes = new Set(pickCauses(stack, random));
    for (const [index, { name }] of stack.entries()) if (causes.has(name)) own[index] = (own[index] as number) + 1;
    const changed = new Set(stack.filter((item) => item.causes.some((one) => causes.has(one))).map(({ name }) => name));
    for (const [index, { name }] of stack.entries())
      if (changed.has(name)) versions[index] = (versions[index] as number) + 1;
    const identity = (group: readonly LayerItem[]) =>
      group.map(({ name }) => `${name}@${versions[indexOf(name)]}`).join(' ');
    const before = new Set(groups.filter((group) => !group.some(({ name }) => changed.has(name))).map(identity));
    const rates: ChangeRates = (name) => ((own[indexOf(name)] as number) + 1) / (step + 200);
    groups = groupPackages(stack, {
      limit: LIMIT,
      rates,
      previous: groups.map((group) => group.map(({ name }) => name)),
    });
    result.layers = Math.max(result.layers, groups.length);
    result.pulledBytes += bytesOf(groups.filter((group) => !before.has(identity(group))).flat());
    result.idealBytes += bytesOf(stack.filter(({ name }) => changed.has(name)));
    result.oneLayerBytes += total;
    result.firstFewBytes += firstFew(stack, changed);
  }
  return result;
}

export async function imageYear(): Promise<BenchReport> {
  const years = [1, 2, 3, 4, 5].map(simulateYear);
  const worst = (pick: (year: YearResult) => number) => Math.max(...years.map(pick));
  const [first] = years as [YearResult];
  return {
    figures: {
      layers: worst(({ layers }) => layers),
      pulledBytes: first.pulledBytes,
      timesIdeal: worst(({ pulledBytes, idealBytes }) => pulledBytes / idealBytes),
      partOfOneLayer: worst(({ pulledBytes, oneLayerBytes }) => pulledBytes / oneLayerBytes),
    },
    peers: {
      'one layer a package': { pulledBytes: first.idealBytes },
      'one layer': { pulledBytes: first.oneLayerBytes },
      'first layers, then the rest': { pulledBytes: first.firstFewBytes },
    },
    limits: { layers: { most: 125 }, timesIdeal: { most: 1.3 }, partOfOneLayer: { most: 1 / 3 } },
    skipped: [],
  };
}

export function makeStack(random: () => number): readonly LayerItem[] {
  const stack: LayerItem[] = [];
  for (let index = 0; index < PACKAGES; index += 1) {
    const causes = new Set([`p${index}`]);
    const count = Math.floor(random() * 4);
    for (let one = 0; one < count; one += 1) {
      for (const cause of stack[Math.floor(index * random() ** 2)]?.causes ?? []) causes.add(cause);
    }
    stack.push({ name: `p${index}`, bytes: Math.round(1.5e6 * Math.exp(1.5 * normal(random))), causes: [...causes] });
  }
  return stack;
}

/** Power law of exponent 1 over the packages in an order that has nothing to do with the stack's. */
function pickCauses(stack: readonly LayerItem[], random: () => number): readonly string[] {
  const count = 1 + Math.floor(random() * 3);
  return Array.from({ length: count }, () => {
    const rank = Math.floor(PACKAGES ** random());
    return (stack[(rank * 7919) % PACKAGES] as LayerItem).name;
  });
}

function firstFew(stack: readonly LayerItem[], changed: ReadonlySet<string>): number {
  const head = stack.slice(0, LIMIT - 1).filter(({ name }) => changed.has(name));
  const rest = stack.slice(LIMIT - 1);
  return bytesOf(head) + (rest.some(({ name }) => changed.has(name)) ? bytesOf(rest) : 0);
}

function bytesOf(items: readonly LayerItem[]): number {
  return items.reduce((sum, { bytes }) => sum + bytes, 0);
}

function indexOf(name: string): number {
  return Number(name.slice(1));
}

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** mulberry32: the same numbers in every run. */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  };
}
