import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SecretSearch, atomicWrite, ifExists, parseJson } from '../../kit/index.ts';
import { hexOf, type Blob } from '../../oci/index.ts';
import { touch } from '../work-folder.ts';
import { readLayerFacts, type LayerFacts } from './layer-facts.ts';

/** Returns the facts of a layer, which is read once. Calls may overlap. */
export type FactsReader = (layer: Blob) => Promise<LayerFacts>;

/** Changes with what facts hold, so that those of an older program are not taken for ours. */
const VERSION = 'v6';

interface FactsReaderOptions {
  /** Keeps facts for later readers. */
  readonly folder?: string;
  /** Searches each layer that is read, not those whose facts are kept. */
  readonly secrets?: SecretSearch;
}

/** Keeps facts by the layer's digest: in memory for this reader's life, and in a folder if one is given. */
export function factsReader({ folder, secrets = new SecretSearch([]) }: FactsReaderOptions = {}): FactsReader {
  const read = (layer: Blob) => readLayerFacts(layer, secrets);
  const known = new Map<string, Promise<LayerFacts>>();
  return (layer) => {
    const { digest } = layer.descriptor;
    const facts = known.get(digest) ?? (folder === undefined ? read(layer) : readKept(folder, layer, read));
    known.set(digest, facts);
    facts.catch(() => known.delete(digest));
    return facts;
  };
}

async function readKept(folder: string, layer: Blob, read: FactsReader): Promise<LayerFacts> {
  const file = join(folder, `${hexOf(layer.descriptor.digest)}.${VERSION}.json`);
  // A file that was damaged is no failure: the layer itself is still there.
  const kept = parseJson((await ifExists(readFile(file, 'utf8'))) ?? '') as LayerFacts | undefined;
  if (kept !== undefined) {
    await touch(file);
    return kept;
  }
  const facts = await read(layer);
  await atomicWrite(file, JSON.stringify(facts));
  return facts;
}
