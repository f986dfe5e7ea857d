import { hexOf } from '../../oci/index.ts';
import type { RuntimePart } from '../host-base/host-runtime.ts';
import { imageUrl, packageUrl, type Bill, type BillPackage } from './bill.ts';
import { licenseReference, readLicense } from './license.ts';

export const spdxType = 'application/spdx+json';

const NONE = 'NOASSERTION';
const IMAGE = 'SPDXRef-Image';
const BASE = 'SPDXRef-Base';
const REPLACED = 'SPDXRef-Replaced';

type Relationship = readonly [from: string, type: string, to: string];

/** The bill as SPDX 2.3 in JSON: <https://spdx.github.io/spdx-spec/v2.3/>. */
export function spdxDocument(bill: Bill): object {
  const { image, packages, created, toolVersion } = bill;
  const { commit } = image;
  const hex = hexOf(image.digest);
  const patches = [...new Set(packages.flatMap((one) => one.patches))];
  const unknown = [...new Set(packages.flatMap(({ facts }) => readLicense(facts.license).name ?? []))];
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: `${image.name}@${image.digest}`,
    documentNamespace: `https://spdx.org/spdxdocs/${image.name.replaceAll(':', '/')}-${hex}`,
    creationInfo: { created, creators: [`Tool: slipway-${toolVersion}`] },
    comment: `Made of the lock sha256:${image.locks.join()}${commit === undefined ? '' : ` at commit ${commit}`}`,
    packages: [
      imagePackage(bill),
      ...basePackage(bill),
      ...runtimePackages(bill),
      ...replacedPackage(bill),
      ...packages.map(lockPackage),
      ...patches.map(patchPackage),
    ],
    hasExtractedLicensingInfos: unknown.length === 0 ? undefined : unknown.map(unlistedLicense),
    relationships: relationshipsOf(bill).map(([spdxElementId, relationshipType, relatedSpdxElement]) => ({
      spdxElementId,
      relationshipType,
      relatedSpdxElement,
    })),
  };
}

function imagePackage({ image }: Bill): object {
  const { name, digest } = image;
  return { ...container(IMAGE, name, digest), externalRefs: [purl(imageUrl(image))] };
}

function basePackage({ image: { base } }: Bill): readonly object[] {
  return base === undefined ? [] : [container(BASE, base.reference, base.digest)];
}

function runtimePackages({ image: { runtime = [] } }: Bill): readonly object[] {
  return runtime.map((part) => ({
    SPDXID: runtimeId(part),
    name: part.name,
    versionInfo: part.version,
    supplier: NONE,
    downloadLocation: NONE,
    filesAnalyzed: false,
    ...unknownRights,
    sourceInfo: Object.entries(part.files)
      .map(([path, digest]) => `${path} sha256:${digest}`)
      .join('; '),
    comment: 'Copied from the machine that made the image',
    externalRefs: part.purl === undefined ? undefined : [purl(part.purl)],
  }));
}

function runtimeId({ name }: RuntimePart): string {
  return `SPDXRef-Runtime-${name.replace(/[^A-Za-z0-9.-]/g, '-')}`;
}

function replacedPackage({ image: { name, rebaseOf } }: Bill): readonly object[] {
  if (rebaseOf === undefined) return [];
  const { digest, base, requestedBy } = rebaseOf;
  const on = base === undefined ? '' : `, on the base ${base.reference}@${base.digest}`;
  return [{ ...container(REPLACED, name, digest), comment: `Replaced by request of ${requestedBy}${on}` }];
}

function container(SPDXID: string, name: string, digest: string): object {
  return {
    SPDXID,
    name,
    versionInfo: digest,
    primaryPackagePurpose: 'CONTAINER',
    downloadLocation: NONE,
    filesAnalyzed: false,
    checksums: [sha256(hexOf(digest))],
    ...unknownRights,
  };
}

function lockPackage(one: BillPackage): object {
  const { name, version, facts, tarball } = one;
  const { url, sha256: checksum, git, commit } = facts.source ?? {};
  const { expression, name: licenseName } = readLicense(facts.license);
  const declared = expression ?? (licenseName === undefined ? NONE : licenseReference(licenseName));
  const location = url ?? (git === undefined ? NONE : `git+${git}${commit === undefined ? '' : `@${commit}`}`);
  const built = tarball === undefined ? '' : `; binary package sha256:${tarball.sha256}, ${tarball.size} bytes`;
  return {
    SPDXID: idOf(one),
    name,
    versionInfo: version,
    supplier: NONE,
    downloadLocation: location,
    filesAnalyzed: false,
    checksums: checksum && [sha256(checksum)],
    homepage: facts.homepage,
    description: facts.description,
    ...unknownRights,
    licenseDeclared: declared,
    sourceInfo: `Spack package ${one.namespace}.${name}/${one.hash}${built}`,
    comment: describeSpec(one),
    externalRefs: [purl(packageUrl(one))],
  };
}

function patchPackage(patch: string): object {
  return {
    SPDXID: patchId(patch),
    name: `patch ${patch.slice(0, 12)}`,
    downloadLocation: NONE,
    filesAnalyzed: false,
    checksums: [sha256(patch)],
    ...unknownRights,
  };
}

function relationshipsOf({ image, packages, roots }: Bill): readonly Relationship[] {
  const byHash = new Map(packages.map((one) => [one.hash, idOf(one)]));
  const held = packages.filter(({ role }) => role === 'image');
  return [
    ['SPDXRef-DOCUMENT', 'DESCRIBES', IMAGE],
    ...(image.base === undefined ? [] : [[IMAGE, 'DESCENDANT_OF', BASE] as const]),
    ...(image.rebaseOf === undefined ? [] : [[IMAGE, 'VARIANT_OF', REPLACED] as const]),
    ...(image.runtime ?? []).map((part) => [IMAGE, 'CONTAINS', runtimeId(part)] as const),
    ...held.map((one) => [IMAGE, 'CONTAINS', idOf(one)] as const),
    ...roots.map((hash) => [IMAGE, 'DEPENDS_ON', byHash.get(hash) ?? NONE] as const),
    ...packages.flatMap((one) => dependencyRelationships(one, byHash)),
    ...packages.flatMap((one) => one.patches.map((patch) => [patchId(patch), 'PATCH_FOR', idOf(one)] as const)),
  ];
}

function dependencyRelationships(one: BillPackage, byHash: ReadonlyMap<string, string>): readonly Relationship[] {
  return one.dependencies.flatMap(({ hash, types }): readonly Relationship[] => {
    const other = byHash.get(hash);
    if (other === undefined) return [];
    const isNeeded = types.includes('link') || types.includes('run');
    return [
      ...(isNeeded ? [[idOf(one), 'DEPENDS_ON', other] as const] : []),
      ...(types.includes('build') ? [[other, 'BUILD_DEPENDENCY_OF', idOf(one)] as const] : []),
    ];
  });
}

function describeSpec({ variants, architecture, compiler, role, prefix }: BillPackage): string {
  const parts = [variants, `arch=${architecture}`, ...(compiler === undefined ? [] : [`%${compiler}`])];
  const where = role === 'external' ? `; external${prefix === undefined ? '' : `, at ${prefix}`}` : '';
  return parts.filter((part) => part !== '').join(' ') + where;
}

function idOf({ name, hash }: BillPackage): string {
  return `SPDXRef-Package-${name.replace(/[^A-Za-z0-9.-]/g, '-')}-${hash}`;
}

function patchId(patch: string): string {
  return `SPDXRef-Patch-${patch}`;
}

function unlistedLicense(name: string): object {
  return { licenseId: licenseReference(name), name, extractedText: `The recipe calls it \`${name}\`.` };
}

function purl(url: string): object {
  return { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: url };
}

function sha256(checksumValue: string): object {
  return { algorithm: 'SHA256', checksumValue };
}

const unknownRights = { licenseConcluded: NONE, licenseDeclared: NONE, copyrightText: NONE } as const;
