import { resolve } from 'node:path';
import {
  layoutRepository,
  ociError,
  openLayout,
  parseReference,
  registryClient,
  wantedOf,
  withDefaultRegistry,
} from '../oci/index.ts';
import type { ImageTarget } from '../oci/index.ts';
import type { CommandContext } from './command.ts';
import { registryCredentials } from './registry-credentials.ts';

/** An image that a person named, and where it is. */
export interface ImagePlace {
  readonly target: ImageTarget;
  /** Tag or digest. */
  readonly reference: string;
}

export interface PlaceOptions {
  readonly access: 'pull' | 'push';
  /** Make the layout if it is not there. */
  readonly create?: boolean;
}

export const imageArgument = '`oci:<folder>:<repository>:<tag>` or an image reference such as `ghcr.io/lab/stack:1`';

/** Finds an image: `oci:<folder>:<repository>:<tag>` as skopeo has it, or a reference into a registry. */
export async function openImagePlace(
  text: string,
  context: CommandContext,
  options: PlaceOptions,
): Promise<ImagePlace> {
  if (!text.startsWith('oci:')) return openRegistryPlace(text, context, options.access);
  const match = /^oci:([^:]+):(.+)$/.exec(text);
  if (match === null)
    throw ociError('OCI_REFERENCE_INVALID', { reference: text, reason: 'after the folder it names no image' });
  const [, folder = '', name = ''] = match;
  const { repository, tag, digest } = parseReference(name);
  const layout = await openLayout(resolve(context.cwd, folder), { create: options.create === true });
  return { target: layoutRepository(layout, repository), reference: wantedOf({ repository, tag, digest }) };
}

async function openRegistryPlace(
  text: string,
  { env, signal }: CommandContext,
  access: 'pull' | 'push',
): Promise<ImagePlace> {
  const reference = withDefaultRegistry(parseReference(text));
  const { registry, repository } = reference;
  const credentials = await registryCredentials(registry, env);
  return {
    target: registryClient({ registry, repository, access, credentials, signal }),
    reference: wantedOf(reference),
  };
}
