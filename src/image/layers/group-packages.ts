import type { ChangeRates, LayerItem } from './change-model.ts';
import { expectedBytes, groupOf, weightsOf, type LayerGroup, type Weights } from './layer-group.ts';
import { PairCosts } from './pair-costs.ts';

/** The packages of a layer that is published now. */
export type PublishedGroup = readonly Pick<LayerItem, 'name' | 'hash'>[];

interface GroupOptions {
  /** The most layers that there may be. */
  readonly limit: number;
  readonly rates: ChangeRates;
  /** The layers of the image that is published now: they are kept as long as that is good. */
  readonly previous?: readonly PublishedGroup[];
}

/** A new layout must save the bytes of its new layers within so many changes. */
const HORIZON = 40;
/** So near to a layer a package, no other layout is looked for. */
const NEAR = 1.2;

/**
 * Puts packages into layers, dependencies first as they came: one each if the limit allows it, otherwise joined where
 * that is expected to cost the fewest bytes at the next change, so that what changes together, or hardly ever, shares a
 * layer. Published layers in which nothing changed stay as they are; packages of the others are pulled anyway, so they
 * are grouped again, by the present rates of change.
 */
export function groupPackages(items: readonly LayerItem[], options: GroupOptions): readonly (readonly LayerItem[])[] {
  const weights = weightsOf(items, options.rates);
  const order = new Map(items.map((item, index) => [item, index]));
  const groups = chooseGroups(items, { ...options, weights });
  const position = (item: LayerItem | undefined) => (item === undefined ? 0 : (order.get(item) ?? 0));
  return groups
    .map((group) => group.items.toSorted((a, b) => position(a) - position(b)))
    .toSorted((a, b) => position(a[0]) - position(b[0]));
}

type Choice = GroupOptions & { readonly weights: Weights };

function chooseGroups(items: readonly LayerItem[], options: Choice): readonly LayerGroup[] {
  const { weights, previous } = options;
  const singles = items.map((item) => groupOf([item], weights));
  if (previous === undefined || singles.length <= options.limit) return joinCheapest(singles, options);
  const kept = keepGroups(items, { ...options, previous });
  if (costOf(kept) <= NEAR * costOf(singles)) return kept;
  const best = joinCheapest(singles, options);
  const gain = HORIZON * (costOf(kept) - costOf(best));
  return gain > newBytes(best, previous) - newBytes(kept, previous) ? best : kept;
}

function keepGroups(
  items: readonly LayerItem[],
  options: Choice & { readonly previous: readonly PublishedGroup[] },
): readonly LayerGroup[] {
  const { previous, weights, limit } = options;
  const byHash = new Map(items.map((item) => [item.hash, item]));
  const isIntact = (group: PublishedGroup) => group.every(({ hash }) => byHash.has(hash));
  const intact = previous.filter(isIntact).map((group) => group.map(({ hash }) => byHash.get(hash) as LayerItem));
  const settled = new Set(intact.flat());
  const others = items.filter((item) => !settled.has(item)).map((item) => groupOf([item], weights));
  const groups = intact.map((group) => groupOf(group, weights));
  const left = limit - groups.length;
  if (left >= Math.min(1, others.length)) return [...groups, ...joinCheapest(others, { limit: left, weights })];
  return joinCheapest([...groups, ...others], options);
}

/** Bytes of the layers that are not published yet. */
function newBytes(groups: readonly LayerGroup[], previous: readonly PublishedGroup[]): number {
  const key = (group: PublishedGroup) =>
    group
      .map(({ hash }) => hash)
      .toSorted()
      .join(' ');
  const known = new Set(previous.map(key));
  return groups.reduce((sum, group) => (known.has(key(group.items)) ? sum : sum + group.bytes), 0);
}

function costOf(groups: readonly LayerGroup[]): number {
  return groups.reduce((sum, group) => sum + expectedBytes(group), 0);
}

/**
 * Joins the two that cost least until there are few enough. What each pair would cost is worked out once, and again
 * only where one of the two has changed.
 */
function joinCheapest(
  groups: readonly LayerGroup[],
  { limit, weights }: { limit: number; weights: Weights },
): readonly LayerGroup[] {
  if (groups.length <= limit) return groups;
  const pairs = new PairCosts(groups, weights);
  while (pairs.count > Math.max(1, limit)) pairs.joinBest();
  return pairs.groups();
}
