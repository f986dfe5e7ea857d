import { registryClient, type RegistryClientOptions } from '../../oci/index.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { registryStore } from './registry-store.ts';

/** The mirror in a repository that is reached as told. */
export function openRegistryStore(options: RegistryClientOptions): ObjectStore {
  return registryStore(registryClient(options));
}
