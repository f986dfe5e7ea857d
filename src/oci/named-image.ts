import { resolve } from 'node:path';
import { ociError } from './errors.ts';
import type { ImageTarget } from './image.ts';
import { layoutRepository } from './layout-repository.ts';
import { openLayout } from './layout.ts';
import { parseReference, tagOrDigest, withDefaultRegistry } from './reference.ts';
import { registryClient } from './registry-client.ts';
import { registryCredentials } from './registry-credentials.ts';

/** An image that a user named. */
export interface NamedImage {
  readonly target: ImageTarget;
  /** Tag or digest. */
  readonly reference: string;
}

interface OpenImageOptions {
  /** The folder from which a relative path is meant. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** `push` makes a layout that does not exist yet. */
  readonly access: 'pull' | 'push';
}

/** Opens an image: `oci:<folder>:<repository>:<tag>`, as skopeo has it, or a reference into a registry. */
export async function openImage(name: string, options: OpenImageOptions): Promise<NamedImage> {
  if (!name.startsWith('oci:')) return openRegistryImage(name, options);
  const [, folder, inside] = /^oci:([^:]+):(.+)$/.exec(name) ?? [];
  if (folder === undefined || inside === undefined)
    throw ociError('OCI_REFERENCE_INVALID', { reference: name, reason: 'after the folder it names no image' });
  const reference = parseReference(inside);
  const layout = await openLayout(resolve(options.cwd, folder), { create: options.access === 'push' });
  return { target: layoutRepository(layout, reference.repository), reference: tagOrDigest(reference) };
}

async function openRegistryImage(name: string, { env, signal, access }: OpenImageOptions): Promise<NamedImage> {
  const reference = withDefaultRegistry(parseReference(name));
  const { registry, repository } = reference;
  const credentials = await registryCredentials(registry, env);
  return {
    target: registryClient({ registry, repository, access, credentials, signal }),
    reference: tagOrDigest(reference),
  };
}
