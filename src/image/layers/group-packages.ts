import type { ChangeRates, LayerItem } from './change-model.ts';
import { costOfJoining, expectedBytes, groupOf, joined, weightsOf } from './layer-group.ts';
import type { LayerGroup, Weights } from './layer-group.ts';

export interface GroupOptions {
  /** The most layers that there may be. */
  readonly limit: number;
  readonly rates: ChangeRates;
  /** The groups of the image that is published now, by package names: kept as far as they are still good. */
  readonly previous?: readonly (readonly string[])[];
}

/** Kept groups may be expected to cost this much more than the best ones before everything is laid out anew. */
const PATIENCE = 1.25;

/**
 * Puts packages into layers, dependencies first as they came: one each while there is room, otherwise joined where that
 * is expected to cost the fewest bytes at the next change, so that what changes together, or hardly ever, shares a layer.
 * Layers that are published already stay as they are: laying out anew would have everything pulled once more.
 */
export function groupPackages(items: readonly LayerItem[], options: GroupOptions): readonly (readonly LayerItem[])[] {
  const weights = weightsOf(items, options.rates);
  const order = new Map(items.map((item, index) => [item, index]));
  const groups = chooseGroups(items, { ...options, weights });
  const place = (item: LayerItem | undefined) => (item === undefined ? 0 : (order.get(item) ?? 0));
  return groups
    .map((group) => group.items.toSorted((a, b) => place(a) - place(b)))
    .toSorted((a, b) => place(a[0]) - place(b[0]));
}

type Choice = GroupOptions & { readonly weights: Weights };

function chooseGroups(items: readonly LayerItem[], options: Choice): readonly LayerGroup[] {
  const { limit, weights, previous } = options;
  const singles = items.map((item) => groupOf([item], weights));
  const kept = previous === undefined ? undefined : keepGroups(items, { ...options, previous });
  // No layout costs less than a layer a package: what is near to that needs no comparison.
  if (kept !== undefined && costOf(kept) <= PATIENCE * costOf(singles)) return kept;
  const best = joinCheapest(singles, { limit, weights });
  return kept !== undefined && costOf(kept) <= PATIENCE * costOf(best) ? kept : best;
}

function keepGroups(
  items: readonly LayerItem[],
  options: Choice & { readonly previous: readonly (readonly string[])[] },
): readonly LayerGroup[] {
  const { previous, weights, limit } = options;
  const groupByName = new Map(previous.flatMap((names, index) => names.map((name) => [name, index] as const)));
  const members = new Map<number, LayerItem[]>();
  const fresh: LayerItem[] = [];
  for (const item of items) {
    const index = groupByName.get(item.name);
    if (index === undefined) fresh.push(item);
    else members.set(index, [...(members.get(index) ?? []), item]);
  }
  const groups = [...members.values(), ...fresh.map((item) => [item])].map((one) => groupOf(one, weights));
  return joinCheapest(groups, { limit, weights });
}

function costOf(groups: readonly LayerGroup[]): number {
  return groups.reduce((sum, group) => sum + expectedBytes(group), 0);
}

interface Candidate {
  group: LayerGroup;
  partner: Candidate | undefined;
  cost: number;
}

/** Joins the two that cost least until there are few enough; each remembers the partner that is best among those after it. */
function joinCheapest(
  groups: readonly LayerGroup[],
  { limit, weights }: { limit: number; weights: Weights },
): readonly LayerGroup[] {
  if (groups.length <= limit) return groups;
  const left: Candidate[] = groups.map((group) => ({ group, partner: undefined, cost: Infinity }));
  for (const [index, one] of left.entries()) choosePartner(one, left.slice(index + 1), weights);
  while (left.length > Math.max(1, limit)) {
    const one = left.reduce((least, other) => (other.cost < least.cost ? other : least));
    const other = one.partner as Candidate;
    one.group = joined(one.group, other.group, weights);
    left.splice(left.indexOf(other), 1);
    const place = left.indexOf(one);
    for (const [index, candidate] of left.entries()) {
      const isStale = candidate === one || candidate.partner === one || candidate.partner === other;
      if (isStale) choosePartner(candidate, left.slice(index + 1), weights);
      else if (index < place) offer(candidate, one, weights);
    }
  }
  return left.map(({ group }) => group);
}

function choosePartner(one: Candidate, others: readonly Candidate[], weights: Weights): void {
  one.partner = undefined;
  one.cost = Infinity;
  for (const other of others) offer(one, other, weights);
}

function offer(one: Candidate, other: Candidate, weights: Weights): void {
  const cost = costOfJoining(one.group, other.group, weights);
  if (cost >= one.cost) return;
  one.cost = cost;
  one.partner = other;
}
