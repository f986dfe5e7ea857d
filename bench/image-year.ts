import { groupPackages } from '../src/image/layers/group-packages.ts';
import type { ChangeRates, LayerItem } from '../src/image/layers/change-model.ts';
import { maxPackageLayers } from '../src/image/plan.ts';
import { generator, makeStack, type StackPackage } from './image-stack.ts';
import type { BenchReport } from './report.ts';

/**
 * Bytes that a user downloads in a year who pulls `latest` after each change of a stack of 600 packages. No stack of
 * that size has a public history of locks, so this is a model. Dependencies are those of a real lock (`makeStack`). How
 * often a package changes follows a power law with exponent 1, independent of its size and position. There are 250
 * changes, of one to three packages each; a change also changes the hashes of all dependents. The planner does not know
 * the rates: it learns them from earlier changes.
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
const SEEDS = [1, 2, 3];
const LIMIT = maxPackageLayers;

export function simulateYear(seed: number): YearResult {
  const random = generator(seed);
  const stack = makeStack(PACKAGES, random);
  const versions = new Map(stack.map(({ name }) => [name, 0]));
  const own = new Map<string, number>();
  let groups = groupPackages(itemsOf(stack, versions), { limit: LIMIT, rates: ratesFrom(own, 0) });
  const result = { layers: groups.length, pulledBytes: 0, idealBytes: 0, oneLayerBytes: 0, firstFewBytes: 0 };
  for (let step = 1; step <= CHANGES; step += 1) {
    const causes = new Set(pickCauses(stack, random));
    for (const name of causes) own.set(name, (own.get(name) ?? 0) + 1);
    const changed = new Set(stack.filter((item) => item.causes.some((one) => causes.has(one))).map(({ name }) => name));
    for (const name of changed) versions.set(name, (versions.get(name) ?? 0) + 1);
    const known = new Set(groups.map(identity));
    groups = groupPackages(itemsOf(stack, versions), { limit: LIMIT, rates: ratesFrom(own, step), previous: groups });
    result.layers = Math.max(result.layers, groups.length);
    result.pulledBytes += bytesOf(groups.filter((group) => !known.has(identity(group))).flat());
    result.idealBytes += bytesOf(stack.filter(({ name }) => changed.has(name)));
    result.oneLayerBytes += bytesOf(stack);
    result.firstFewBytes += firstFew(stack, changed);
  }
  return result;
}

export async function imageYear(): Promise<Pick<BenchReport, 'figures' | 'peers' | 'limits'>> {
  const years = SEEDS.map(simulateYear);
  const worst = (pick: (year: YearResult) => number) => Math.max(...years.map(pick));
  const [first] = years as [YearResult];
  return {
    figures: {
      yearLayers: worst(({ layers }) => layers),
      yearPulledBytes: first.pulledBytes,
      yearTimesIdeal: worst(({ pulledBytes, idealBytes }) => pulledBytes / idealBytes),
      yearPartOfOneLayer: worst(({ pulledBytes, oneLayerBytes }) => pulledBytes / oneLayerBytes),
    },
    peers: {
      'one layer a package': { yearPulledBytes: first.idealBytes },
      'one layer': { yearPulledBytes: first.oneLayerBytes },
      'first layers, then the rest': { yearPulledBytes: first.firstFewBytes },
    },
    limits: {
      yearLayers: { most: maxPackageLayers },
      yearTimesIdeal: { most: 1.3 },
      yearPartOfOneLayer: { most: 1 / 3 },
    },
  };
}

function itemsOf(stack: readonly StackPackage[], versions: ReadonlyMap<string, number>): readonly LayerItem[] {
  return stack.map((one) => ({ ...one, hash: `${one.name}@${versions.get(one.name)}` }));
}

/** As `changeRates` has it. */
function ratesFrom(own: ReadonlyMap<string, number>, steps: number): ChangeRates {
  const counted = new Map(own);
  return (name) => Math.min(0.95, ((counted.get(name) ?? 0) + 1) / (steps + 200));
}

function identity(group: readonly LayerItem[]): string {
  return group.map(({ hash }) => hash).join(' ');
}

/** The packages of the power law are in an order that has nothing to do with the stack's. */
function pickCauses(stack: readonly StackPackage[], random: () => number): readonly string[] {
  const count = 1 + Math.floor(random() * 3);
  return Array.from({ length: count }, () => {
    const rank = Math.floor(PACKAGES ** random());
    return stack[(rank * 7919) % PACKAGES]?.name ?? '';
  });
}

function firstFew(stack: readonly StackPackage[], changed: ReadonlySet<string>): number {
  const head = stack.slice(0, LIMIT - 1).filter(({ name }) => changed.has(name));
  const rest = stack.slice(LIMIT - 1);
  return bytesOf(head) + (rest.some(({ name }) => changed.has(name)) ? bytesOf(rest) : 0);
}

function bytesOf(items: readonly { readonly bytes: number }[]): number {
  return items.reduce((sum, { bytes }) => sum + bytes, 0);
}
