import type { ChangeRates, LayerItem } from './change-model.ts';
import { expectedBytes, groupOf, weightsOf } from './layer-group.ts';

/** Bytes that the next change is expected to add to a pull, for several ways to form layers. */
export interface Forecast {
  readonly planned: number;
  /** Everything in one layer, as a Dockerfile's COPY of the mirror. */
  readonly oneLayer: number;
  /** A layer each for the first packages, the rest in the last one. */
  readonly firstFew: number;
  /** A layer for each package, if there were no limit. */
  readonly ideal: number;
}

export function forecast(
  groups: readonly (readonly LayerItem[])[],
  { rates, limit }: { readonly rates: ChangeRates; readonly limit: number },
): Forecast {
  const items = groups.flat();
  const weights = weightsOf(items, rates);
  const cost = (layers: readonly (readonly LayerItem[])[]) =>
    Math.round(
      layers.reduce((sum, layer) => sum + (layer.length === 0 ? 0 : expectedBytes(groupOf(layer, weights))), 0),
    );
  const head = items.slice(0, Math.max(0, limit - 1)).map((item) => [item]);
  return {
    planned: cost(groups),
    oneLayer: cost([items]),
    firstFew: cost([...head, items.slice(head.length)]),
    ideal: cost(items.map((item) => [item])),
  };
}
