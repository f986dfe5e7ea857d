import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { atomicWrite, ifExists, parseJson } from '../../kit/index.ts';
import { hexOf, type Blob } from '../../oci/index.ts';
import { touch } from '../work-folder.ts';
import { readLayerFacts, type LayerFacts } from './layer-facts.ts';

/** Returns the facts of a layer, which is read once. Calls may overlap. */
export type FactsReader = (layer: Blob) => Promise<LayerFacts>;

/** Changes with what facts hold, so that those of an older program are not taken for ours. */
const VERSION = 'v6';

/** Keeps facts by the layer's digest: in memory for this reader's life, and in `folder` if there is one. */
export function factsReader(folder?: string): FactsReader {
  const known = new Map<string, Promise<LayerFacts>>();
  return (layer) => {
    const { digest } = layer.descriptor;
    const facts = known.get(digest) ?? (folder === undefined ? readLayerFacts(layer) : readKept(folder, layer));
    known.set(digest, facts);
    facts.catch(() => known.delete(digest));
    return facts;
  };
}

async function readKept(folder: string, layer: Blob): Promise<LayerFacts> {
  const file = join(folder, `${hexOf(layer.descriptor.digest)}.${VERSION}.json`);
  // A file that was damaged is no failure: the layer itself is still there.
  const kept = parseJson((await ifExists(readFile(file, 'utf8'))) ?? '') as LayerFacts | undefined;
  if (kept !== undefined) {
    await touch(file);
    return kept;
  }
  const facts = await readLayerFacts(layer);
  await atomicWrite(file, JSON.stringify(facts));
  return facts;
}
