import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { SecretSearch, type NamedSecrets } from '../../kit/index.ts';
import { layersOf, type Image } from '../../oci/index.ts';
import { imageError } from '../errors.ts';
import { factsReader } from '../facts/facts-cache.ts';

/**
 * Searches an image that a builder made: its layers, and its configuration with the commands of its history. Throws
 * IMAGE_LAYER_HOLDS_SECRET. `work` keeps what is known of layers.
 */
export async function searchBuiltImage(image: Image, secrets: NamedSecrets, work: string): Promise<void> {
  const search = new SecretSearch(secrets);
  if (search.isEmpty) return;
  const [config] = image.blobs;
  const name = config && search.find(await buffer(await config.open()));
  if (name !== undefined) throw imageError('IMAGE_LAYER_HOLDS_SECRET', { path: 'its configuration', name });
  const facts = factsReader({ folder: join(work, 'facts'), secrets: search });
  for (const layer of layersOf(image)) await facts(layer);
}
