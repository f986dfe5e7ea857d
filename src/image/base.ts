import { realpath } from 'node:fs/promises';
import { isAbsolute, join, sep } from 'node:path';
import {
  layersOf,
  layoutRepository,
  openLayout,
  parseReference,
  readImage,
  registryClient,
  wantedOf,
  withDefaultRegistry,
  type Image,
  type ImageSource,
  type RegistryClientOptions,
  type RegistryCredentials,
} from '../oci/index.ts';
import type { AccountFiles } from './contents/users.ts';
import { imageError } from './errors.ts';
import type { FactsReader } from './facts/facts-cache.ts';
import type { LayerFacts } from './facts/layer-facts.ts';
import { RootIndex } from './facts/root-index.ts';
import { hostBase } from './host-base/host-base.ts';
import { HOST_BASE } from './host-base/host-runtime.ts';

/** The image below the packages, pinned: what a tag named when we read it. */
export interface ImageBase {
  readonly image: Image;
  /** As the definition names it. */
  readonly reference: string;
  /** Digest of the manifest for the platform. */
  readonly digest: string;
}

export interface OpenBaseOptions {
  /** As image indexes name them: `amd64`; `v8`. */
  readonly architecture: string;
  readonly variant?: string;
  /** The stack's folder, for bases that are a layout in it. */
  readonly folder?: string;
  /** How registries are reached. */
  readonly registry?: Pick<RegistryClientOptions, 'fetch' | 'plainHttp' | 'signal' | 'wait'>;
  /** Credentials for the base's registry, if there are any. */
  readonly credentialsFor?: (registry: string) => Promise<RegistryCredentials | undefined>;
}

/** Finds the base that a definition names; undefined for `scratch`. */
export async function openBase(base: string, options: OpenBaseOptions): Promise<ImageBase | undefined> {
  if (base === 'scratch') return undefined;
  if (base === HOST_BASE) return openHostBase(options.architecture);
  const { source, reference } = base.startsWith('oci:')
    ? await openLayoutBase(base, options.folder)
    : await openRegistryBase(base, options);
  const platform = { os: 'linux', architecture: options.architecture, variant: options.variant };
  const image = await readImage(source, reference, platform);
  const { os, architecture } = image.config;
  if (os !== platform.os || architecture !== platform.architecture) {
    throw imageError('IMAGE_BASE_INVALID', {
      base,
      reason: `it is for ${os}/${architecture}, the packages are for linux/${platform.architecture}`,
    });
  }
  return { image, reference: base, digest: image.manifest.descriptor.digest };
}

async function openHostBase(architecture: string): Promise<ImageBase> {
  const image = await hostBase(architecture);
  if (image !== undefined) return { image, reference: HOST_BASE, digest: image.manifest.descriptor.digest };
  const reason = `this machine has no C library for linux/${architecture}`;
  throw imageError('IMAGE_BASE_INVALID', { base: HOST_BASE, reason });
}

async function openRegistryBase(
  base: string,
  { registry = {}, credentialsFor }: OpenBaseOptions,
): Promise<{ source: ImageSource; reference: string }> {
  const reference = withDefaultRegistry(parseReference(base));
  const source = registryClient({
    ...registry,
    credentials: await credentialsFor?.(reference.registry),
    registry: reference.registry,
    repository: reference.repository,
    access: 'pull',
  });
  return { source, reference: wantedOf(reference) };
}

/** Opens `oci:<folder>:<name>`. The folder must be inside the stack's, also after links are followed. */
async function openLayoutBase(
  base: string,
  folder: string | undefined,
): Promise<{ source: ImageSource; reference: string }> {
  const fail = (reason: string) => imageError('IMAGE_BASE_INVALID', { base, reason });
  const match = /^oci:([^:]+):(.+)$/.exec(base);
  if (match === null) throw fail('it is not of the form `oci:<folder>:<name>`');
  const [, path = '', reference = ''] = match;
  if (folder === undefined) throw fail('there is no checkout of the repository here');
  if (isAbsolute(path)) throw fail('the folder is not relative to the repository');
  const root = await realpath(folder);
  const real = await realpath(join(root, path)).catch(() => undefined);
  if (real === undefined || !real.startsWith(root + sep)) throw fail('there is no such folder in the repository');
  return { source: layoutRepository(await openLayout(real), ''), reference };
}

/** The content of the base's root folder. */
export interface BaseRoot {
  /** The lowest layer first. */
  readonly facts: readonly LayerFacts[];
  /** Plain files included. */
  readonly index: RootIndex;
  readonly accounts: AccountFiles;
}

/** Reads the base's layers, or the facts that are kept about them. Without a base, the root is empty. */
export async function readBase(base: ImageBase | undefined, read: FactsReader): Promise<BaseRoot> {
  const facts: LayerFacts[] = [];
  const index = new RootIndex();
  for (const layer of base === undefined ? [] : layersOf(base.image)) {
    const one = await read(layer);
    index.apply(one, { withFiles: true });
    facts.push(one);
  }
  return { facts, index, accounts: Object.assign({}, ...facts.map(({ texts }) => texts)) as AccountFiles };
}
