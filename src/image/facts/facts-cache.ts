import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SecretSearch, atomicWrite, ifExists, parseJson } from '../../kit/index.ts';
import { hexOf, type Blob } from '../../oci/index.ts';
import { touch } from '../work-folder.ts';
import { readLayerFacts, type LayerFacts } from './layer-facts.ts';

/** Returns the facts of a layer, which is read once. Calls may overlap. */
export type FactsReader = (layer: Blob) => Promise<LayerFacts>;

/** Changes with what facts hold, so that those of an older program are not taken for ours. */
const VERSION = 'v7';
/** Sets of secrets that are remembered for each layer; each stack has one, or one for each trust level. */
const MOST_SETS = 32;

interface FactsReaderOptions {
  /** Keeps facts for later readers. */
  readonly folder?: string;
  /** Searches each layer, unless it was searched for these very secrets when its facts were kept. */
  readonly secrets?: SecretSearch;
}

interface KeptFacts {
  readonly facts: LayerFacts;
  /** Digests of the sets of secrets that the layer does not contain. */
  readonly searched: readonly string[];
}

/** Keeps facts by the layer's digest: in memory for this reader's life, and in a folder if one is given. */
export function factsReader({ folder, secrets = new SecretSearch([]) }: FactsReaderOptions = {}): FactsReader {
  const known = new Map<string, Promise<LayerFacts>>();
  return (layer) => {
    const { digest } = layer.descriptor;
    const facts =
      known.get(digest) ?? (folder === undefined ? readLayerFacts(layer, secrets) : readKept(folder, layer, secrets));
    known.set(digest, facts);
    facts.catch(() => known.delete(digest));
    return facts;
  };
}

async function readKept(folder: string, layer: Blob, secrets: SecretSearch): Promise<LayerFacts> {
  const file = join(folder, `${hexOf(layer.descriptor.digest)}.${VERSION}.json`);
  // A file that was damaged is no failure: the layer itself is still there.
  const kept = parseJson((await ifExists(readFile(file, 'utf8'))) ?? '') as KeptFacts | undefined;
  const set = await secrets.digest();
  if (kept !== undefined && (set === undefined || kept.searched.includes(set))) {
    await touch(file);
    return kept.facts;
  }
  const facts = await readLayerFacts(layer, secrets);
  const searched = [...(set === undefined ? [] : [set]), ...(kept?.searched ?? [])].slice(0, MOST_SETS);
  await atomicWrite(file, JSON.stringify({ facts, searched } satisfies KeptFacts));
  return facts;
}
