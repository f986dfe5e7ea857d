import { layersOf } from '../oci/index.ts';
import type { ImageBase } from './base.ts';
import type { AccountFiles } from './contents/users.ts';
import type { FactsReader } from './facts/facts-cache.ts';
import type { LayerFacts } from './facts/layer-facts.ts';
import { RootIndex } from './facts/root-index.ts';

/** What the base's root folder holds. */
export interface BaseRoot {
  /** The lowest layer first. */
  readonly facts: readonly LayerFacts[];
  /** Plain files included. */
  readonly index: RootIndex;
  readonly accounts: AccountFiles;
}

/** Reads the base's layers, or what is kept of them. Without a base, the root is empty. */
export async function readBase(base: ImageBase | undefined, facts: FactsReader): Promise<BaseRoot> {
  const layers = base === undefined ? [] : layersOf(base.image);
  const read: LayerFacts[] = [];
  const index = new RootIndex();
  for (const layer of layers) {
    const one = await facts(layer);
    index.apply(one, { withFiles: true });
    read.push(one);
  }
  return { facts: read, index, accounts: Object.assign({}, ...read.map(({ texts }) => texts)) as AccountFiles };
}
