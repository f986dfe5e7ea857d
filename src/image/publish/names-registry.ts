import { parseReference } from '../../oci/index.ts';

/** Whether a definition's repository names a registry's host; without one the image is published on this server. */
export function namesRegistry(repository: string): boolean {
  return parseReference(repository).registry !== undefined;
}
