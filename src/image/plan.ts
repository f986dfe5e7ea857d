import { closure, nodeOf, topologicalOrder, type Lockfile, type SpecNode } from '../spack/index.ts';
import { architectureOf, commonArchitecture } from './architecture.ts';
import { imageError } from './errors.ts';
import { changeRates, layerItem, type LayerItem } from './layers/change-model.ts';
import { forecast, type Forecast } from './layers/forecast.ts';
import { groupPackages, type PublishedGroup } from './layers/group-packages.ts';

/** The parts of a mirror's `Entry` that a plan needs. */
export interface PackageEntry {
  /** Fingerprint of the key whose signature was verified. */
  readonly signedBy?: string;
  readonly tarball: PackageTarball;
}

export interface PackageTarball {
  /** Of the stored bytes, hexadecimal. */
  readonly sha256: string;
  /** Bytes as stored. */
  readonly size: number;
  /** How the stored bytes are compressed; by default gzip. */
  readonly compression?: 'gzip' | 'none';
  /** Its key on the mirror, if it is not the blob of its digest (layout v2). */
  readonly key?: string;
  /** `sha256:…` of the uncompressed tar; absent in entries that slipway has not ingested. */
  readonly diffId?: string;
}

export interface PlannedPackage {
  readonly node: SpecNode;
  readonly tarball: PackageTarball;
  readonly isRoot: boolean;
}

/** Packages that share a layer, dependencies first; mostly there is just one. */
export interface PlannedLayer {
  readonly packages: readonly PlannedPackage[];
}

/** The packages of an image and their layers, wherever the bytes are stored. */
export interface ImagePlan {
  readonly lock: Lockfile;
  /** Dependencies first. */
  readonly packages: readonly PlannedPackage[];
  /** The packages that are installed in the image by layers, the lowest first; none with `contents: mirror`. */
  readonly layers: readonly PlannedLayer[];
  /** The packages of the build cache in the image by layers; none with `contents: packages`. */
  readonly mirrorLayers: readonly PlannedLayer[];
  /** As image indexes name them: `amd64`; `v8`. */
  readonly architecture: string;
  readonly variant?: string;
  /** Bytes of all tarballs as stored. */
  readonly size: number;
  /** Bytes that the next change is expected to add to a pull. */
  readonly forecast: Forecast;
}

export type ImageContentKind = 'packages' | 'mirror' | 'both';

/** The layers of an image that is published, as `publishedGroups` reads them. */
export interface PublishedLayers {
  readonly packages: readonly PublishedGroup[];
  readonly mirror: readonly PublishedGroup[];
}

interface PlanOptions {
  readonly lock: Lockfile;
  /** By DAG hash; from the mirror, with signatures verified. */
  readonly entries: ReadonlyMap<string, PackageEntry>;
  /** Accepts entries without a signature: for tests on the command line, and for previews of pull requests. */
  readonly allowUnsigned?: boolean;
  /** Only packages for this architecture; without it, the lock must have one only. */
  readonly architecture?: string;
  /** The name of the image among those of its architecture. */
  readonly variant?: string;
  /** The most layers that packages may have; by default `maxPackageLayers`. */
  readonly layerLimit?: number;
  /** Locks of the stack's past, oldest first: they show which packages change often. */
  readonly history?: readonly Lockfile[];
  /** The layers that are published now. */
  readonly previous?: PublishedLayers;
  readonly contents?: ImageContentKind;
}

/** Container engines mount some 127 layers. */
const MAX_LAYERS = 124;
/** For the view, the files, and a build cache's index. */
const OWN_LAYERS = 3;

/** The most layers of packages on a base with one layer. */
export const maxPackageLayers = packageLayers(1);

/** How many layers there are for packages on a base with so many. */
export function packageLayers(baseLayers: number): number {
  return MAX_LAYERS - OWN_LAYERS - baseLayers;
}

/**
 * Packages that an image of this lock holds, dependencies first: the roots with all that they link and run; with a
 * build cache in it, all that is in the lock.
 */
export function packagesOf(lock: Lockfile, contents: ImageContentKind = 'packages'): readonly SpecNode[] {
  const roots = lock.roots.map((root) => root.hash).filter((hash) => !isExternal(nodeOf(lock, hash)));
  const hashes = contents === 'packages' ? closure(lock, roots, ['link', 'run']) : lock.nodes.keys();
  return topologicalOrder(lock, hashes).filter((node) => !isExternal(node));
}

/** Plans an image; refuses what is missing from the mirror or not signed. */
export function planImage(options: PlanOptions): ImagePlan {
  const { lock, entries, allowUnsigned = false, contents = 'packages' } = options;
  const nodes = chosenNodes(options);
  const missing = nodes.filter((node) => !entries.has(node.hash));
  if (missing.length > 0)
    throw imageError('IMAGE_ENTRY_MISSING', { packages: missing.map(describePackage).join(', ') });
  const roots = new Set(lock.roots.map((root) => root.hash));
  const packages = nodes.map((node) => {
    const entry = entries.get(node.hash) as PackageEntry;
    if (entry.signedBy === undefined && !allowUnsigned)
      throw imageError('IMAGE_ENTRY_UNSIGNED', { package: describePackage(node) });
    return { node, tarball: entry.tarball, isRoot: roots.has(node.hash) };
  });
  const installed = new Set(contents === 'mirror' ? [] : packagesOf(lock).map(({ hash }) => hash));
  return {
    lock,
    packages: packages.filter(({ node }) => installed.has(node.hash)),
    architecture: commonArchitecture(nodes),
    variant: options.variant,
    size: packages.reduce((sum, { tarball }) => sum + tarball.size, 0),
    ...planLayers(packages, installed, options),
  };
}

/** `zlib@1.3.1/abcdefg` */
export function describePackage({ name, version, hash }: Pick<SpecNode, 'name' | 'version' | 'hash'>): string {
  return `${name}@${version}/${hash.slice(0, 7)}`;
}

function chosenNodes({ lock, architecture, contents }: PlanOptions): readonly SpecNode[] {
  const nodes = packagesOf(lock, contents);
  return architecture === undefined ? nodes : nodes.filter((node) => architectureOf(node) === architecture);
}

/** Packages and the build cache share the layers; each gets those that the other does not need. */
function planLayers(
  packages: readonly PlannedPackage[],
  installed: ReadonlySet<string>,
  { lock, history = [], previous, layerLimit = maxPackageLayers, contents = 'packages' }: PlanOptions,
): Pick<ImagePlan, 'layers' | 'mirrorLayers' | 'forecast'> {
  const own = packages.filter(({ node }) => installed.has(node.hash));
  const cached = contents === 'packages' ? [] : packages;
  if (layerLimit < (contents === 'both' ? 2 : 1)) throw imageError('IMAGE_LAYERS_TOO_MANY', { limit: layerLimit });
  const half = Math.max(Math.floor(layerLimit / 2), layerLimit - cached.length);
  const limits = { packages: Math.min(own.length, half), mirror: layerLimit - Math.min(own.length, half) };
  const rates = changeRates(history);
  const group = (
    some: readonly PlannedPackage[],
    how: { limit: number; previous: readonly PublishedGroup[] | undefined },
  ) => {
    const byItem = new Map<LayerItem, PlannedPackage>(
      some.map((one) => [layerItem(lock, one.node, one.tarball.size), one]),
    );
    const groups = groupPackages([...byItem.keys()], { ...how, rates });
    const layers = groups.map((items) => ({ packages: items.map((item) => byItem.get(item) as PlannedPackage) }));
    return { groups, layers };
  };
  const known = (groups: readonly PublishedGroup[] | undefined) => (groups?.length === 0 ? undefined : groups);
  const layers = group(own, { limit: limits.packages, previous: known(previous?.packages) });
  const mirror = group(cached, { limit: limits.mirror, previous: known(previous?.mirror) });
  return {
    layers: layers.layers,
    mirrorLayers: mirror.layers,
    forecast: forecast(contents === 'mirror' ? mirror.groups : layers.groups, { rates, limit: layerLimit }),
  };
}

function isExternal(node: SpecNode): boolean {
  return node.external !== undefined;
}
