import * as z from 'zod';
import { compareText } from '../kit/index.ts';
import { layersOf, listReferrers, readArtifact, type Image, type ImageSource } from '../oci/index.ts';
import type { BuildcacheName } from '../spack/index.ts';
import { readPackage } from './layers/package-layers.ts';
import { cyclonedxType } from './records/cyclonedx.ts';
import { layerOrigins } from './records/layer-origins.ts';

/** A package that an image holds. */
export interface HeldPackage extends BuildcacheName {
  /** DAG hash; of images in Docker's format without records its first seven characters. */
  readonly hash: string;
  /** As Spack prints them; known from the image's bill of materials only. */
  readonly variants?: string;
}

interface PackageChange {
  readonly name: string;
  readonly from: HeldPackage;
  readonly to: HeldPackage;
  /** `rebuilt`: the same version and variants, of other dependencies, patches or recipe. */
  readonly kind: 'version' | 'variants' | 'rebuilt';
}

export interface ImageDifference {
  readonly added: readonly HeldPackage[];
  readonly removed: readonly HeldPackage[];
  readonly changed: readonly PackageChange[];
  /** How many packages are in both as they are. */
  readonly same: number;
  /** Layers of the second image that the first lacks, and their bytes: the cost of an update. */
  readonly newLayers: number;
  readonly newBytes: number;
}

const Component = z.looseObject({
  name: z.string(),
  version: z.string(),
  properties: z.array(z.object({ name: z.string(), value: z.string() })).default([]),
});
const Bill = z.looseObject({ components: z.array(z.looseObject({ name: z.string() })) });

/** Returns the packages of an image, from its bill of materials, or without one from its layers. */
export async function heldPackages(source: ImageSource, image: Image): Promise<readonly HeldPackage[]> {
  const referrers = await listReferrers(source, image.manifest.descriptor.digest);
  const bill = referrers.find(({ artifactType }) => artifactType === cyclonedxType);
  const found = bill === undefined ? undefined : await readArtifact(source, bill.digest);
  const text = found?.layers[0]?.bytes.toString('utf8');
  return text === undefined ? packagesOfLayers(image) : packagesOfBill(JSON.parse(text));
}

/** An image with its packages; without the image there is none. */
export interface HeldImage {
  readonly image?: Image;
  readonly packages: readonly HeldPackage[];
}

/** Compares the packages and the layers of two images. */
export function diffImages(a: HeldImage, b: HeldImage): ImageDifference {
  const layers = ({ image }: HeldImage) => (image === undefined ? [] : layersOf(image));
  const known = new Set(layers(a).map(({ descriptor }) => descriptor.digest));
  const fresh = layers(b).filter(({ descriptor }) => !known.has(descriptor.digest));
  const newBytes = fresh.reduce((sum, { descriptor }) => sum + descriptor.size, 0);
  return { ...diffPackages(a.packages, b.packages), newLayers: fresh.length, newBytes };
}

function diffPackages(
  a: readonly HeldPackage[],
  b: readonly HeldPackage[],
): Pick<ImageDifference, 'added' | 'removed' | 'changed' | 'same'> {
  const removed = without(a, b);
  const fresh = without(b, a);
  const same = a.length - removed.length;
  const added: HeldPackage[] = [];
  const changed: PackageChange[] = [];
  for (const to of fresh) {
    const at = removed.findIndex(({ name }) => name === to.name);
    const [from] = at < 0 ? [] : removed.splice(at, 1);
    if (from === undefined) added.push(to);
    else changed.push({ name: to.name, from, to, kind: kindOf(from, to) });
  }
  return { added, removed, changed, same };
}

function without(some: readonly HeldPackage[], others: readonly HeldPackage[]): HeldPackage[] {
  const hashes = new Set(others.map(({ hash }) => hash));
  return some.filter(({ hash }) => !hashes.has(hash)).toSorted(byName);
}

function kindOf(from: HeldPackage, to: HeldPackage): PackageChange['kind'] {
  if (from.version !== to.version) return 'version';
  return from.variants === to.variants ? 'rebuilt' : 'variants';
}

function byName(a: HeldPackage, b: HeldPackage): number {
  return compareText(a.name, b.name) || compareText(a.version, b.version);
}

function packagesOfBill(document: unknown): readonly HeldPackage[] {
  return Bill.parse(document).components.flatMap((one) => {
    const component = Component.safeParse(one);
    if (!component.success) return [];
    const { name, version, properties } = component.data;
    const values = new Map(properties.map((property) => [property.name, property.value]));
    const hash = values.get('spack:hash');
    if (hash === undefined || values.get('spack:role') !== 'image') return [];
    return [{ name, version, hash, variants: values.get('spack:variants') ?? '' }];
  });
}

function packagesOfLayers(image: Image): readonly HeldPackage[] {
  return layerOrigins(image).flatMap(({ packages }) => packages.map(readPackage));
}
