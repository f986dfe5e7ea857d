import type { SecretSearch } from '../kit/index.ts';
import { imageError } from './errors.ts';
import type { LayerEntry } from './layers/layer-tar.ts';

/** Throws IMAGE_LAYER_HOLDS_SECRET if a file of a layer contains a secret, whose name the search has found. */
export function refuseSecret(secrets: SecretSearch, path: string, name: string | undefined): void {
  if (name !== undefined) throw imageError('IMAGE_LAYER_HOLDS_SECRET', { path: secrets.mask(`/${path}`), name });
}

/** Searches entries that a layer is made of here, and refuses those that contain a secret. */
export function refuseSecretEntries(secrets: SecretSearch, entries: readonly LayerEntry[]): void {
  for (const entry of entries) {
    refuseSecret(secrets, entry.path, secrets.find(entry.path));
    if (entry.kind === 'file') refuseSecret(secrets, entry.path, secrets.find(Buffer.from(entry.content as string)));
    if (entry.kind === 'link') refuseSecret(secrets, entry.path, secrets.find(entry.target));
  }
}
