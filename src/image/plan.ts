import { closure, nodeOf, topologicalOrder } from '../spack/index.ts';
import type { Lockfile, SpecNode } from '../spack/index.ts';
import { commonArchitecture } from './architecture.ts';
import { imageError } from './errors.ts';

/** What the plan needs of a mirror's entry; an `Entry` of the mirror is one. */
export interface PackageEntry {
  /** Fingerprint of the key whose signature was verified. */
  readonly signedBy?: string | undefined;
  readonly tarball: PackageTarball;
}

export interface PackageTarball {
  /** Of the stored bytes, hexadecimal. */
  readonly sha256: string;
  /** Bytes as stored. */
  readonly size: number;
  /** `sha256:…` of the uncompressed tar; absent in entries that slipway has not ingested. */
  readonly diffId?: string | undefined;
}

export interface PlannedPackage {
  readonly node: SpecNode;
  readonly tarball: PackageTarball;
  readonly isRoot: boolean;
}

/** What goes into an image: one layer a package, dependencies first. Independent of where the bytes lie. */
export interface ImagePlan {
  readonly packages: readonly PlannedPackage[];
  /** As image indexes name it: `amd64`. */
  readonly architecture: string;
  /** Bytes of all tarballs as stored. */
  readonly size: number;
}

export interface PlanOptions {
  readonly lock: Lockfile;
  /** By DAG hash; from the mirror, with signatures verified. */
  readonly entries: ReadonlyMap<string, PackageEntry>;
  /** For trying things out only: take entries that nobody signed. */
  readonly allowUnsigned?: boolean;
}

/** Container engines mount at most 127 layers; the rest is for the base and the files. */
export const maxPackageLayers = 100;

/** Hashes of the packages that an image of this lock holds: the roots with all that they link and run. */
export function packagesOf(lock: Lockfile): readonly SpecNode[] {
  const roots = lock.roots.map((root) => root.hash).filter((hash) => !isExternal(nodeOf(lock, hash)));
  return topologicalOrder(lock, closure(lock, roots, ['link', 'run'])).filter((node) => !isExternal(node));
}

/** Plans an image; refuses what is missing from the mirror or not signed. */
export function planImage({ lock, entries, allowUnsigned = false }: PlanOptions): ImagePlan {
  const nodes = packagesOf(lock);
  if (nodes.length > maxPackageLayers)
    throw imageError('IMAGE_LAYERS_TOO_MANY', { count: nodes.length, limit: maxPackageLayers });
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
  const size = packages.reduce((sum, { tarball }) => sum + tarball.size, 0);
  return { packages, architecture: commonArchitecture(nodes), size };
}

/** `zlib@1.3.1/abcdefg` */
export function describePackage({ name, version, hash }: SpecNode): string {
  return `${name}@${version}/${hash.slice(0, 7)}`;
}

function isExternal(node: SpecNode): boolean {
  return node.external !== undefined;
}
