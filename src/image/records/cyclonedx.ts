import { hexOf } from '../../oci/index.ts';
import type { RuntimePart } from '../host-base/host-runtime.ts';
import { imageUrl, packageUrl, type Bill, type BillPackage } from './bill.ts';
import { readLicense } from './license.ts';

export const cyclonedxType = 'application/vnd.cyclonedx+json';

/** The bill as CycloneDX 1.6 in JSON: <https://cyclonedx.org/docs/1.6/json/>. */
export function cyclonedxDocument(bill: Bill): object {
  const { image, packages, roots, created, toolVersion } = bill;
  const reference = imageUrl(image);
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${uuidOf(hexOf(image.digest))}`,
    version: 1,
    metadata: {
      timestamp: created,
      tools: { components: [{ type: 'application', name: 'slipway', version: toolVersion }] },
      component: {
        type: 'container',
        'bom-ref': reference,
        name: image.name,
        version: image.digest,
        purl: reference,
        hashes: [sha256(hexOf(image.digest))],
        pedigree: replacedImage(bill),
        properties: imageProperties(bill),
      },
    },
    components: [...baseComponent(bill), ...runtimeComponents(bill), ...packages.map(component)],
    dependencies: [
      { ref: reference, dependsOn: [...roots, ...(image.runtime ?? []).map(runtimeReference)] },
      ...packages.map((one) => ({ ref: one.hash, dependsOn: neededBy(one, packages) })),
    ],
  };
}

function component(one: BillPackage): object {
  const { facts, tarball, patches } = one;
  const { expression, name } = readLicense(facts.license);
  return {
    type: 'library',
    'bom-ref': one.hash,
    name: one.name,
    version: one.version,
    description: facts.description,
    // CycloneDX: `excluded` is what was needed to build or test and is not there at run time.
    scope: one.role === 'build' ? 'excluded' : 'required',
    hashes: tarball && [sha256(tarball.sha256)],
    licenses: expression === undefined ? name && [{ license: { name } }] : [{ expression }],
    purl: packageUrl(one),
    pedigree: patches.length === 0 ? undefined : { patches: patches.map(patch) },
    externalReferences: externalReferences(one),
    properties: properties(one),
  };
}

function baseComponent({ image: { base } }: Bill): readonly object[] {
  if (base === undefined) return [];
  const hashes = [sha256(hexOf(base.digest))];
  return [{ type: 'container', 'bom-ref': base.digest, name: base.reference, version: base.digest, hashes }];
}

function runtimeComponents({ image: { runtime = [] } }: Bill): readonly object[] {
  return runtime.map(({ name, version, purl, files }) => ({
    type: 'library',
    'bom-ref': runtimeReference({ name, purl }),
    name,
    version,
    scope: 'required',
    purl,
    components: Object.entries(files).map(([path, digest]) => {
      return { type: 'file', 'bom-ref': `file:${path}`, name: path, hashes: [sha256(digest)] };
    }),
  }));
}

function runtimeReference({ name, purl }: Pick<RuntimePart, 'name' | 'purl'>): string {
  return purl ?? `runtime:${name}`;
}

/** CycloneDX: `ancestors` are what a component is derived from. */
function replacedImage({ image: { name, rebaseOf } }: Bill): object | undefined {
  if (rebaseOf === undefined) return undefined;
  const { digest, base, requestedBy } = rebaseOf;
  const on = base === undefined ? '' : ` It was on the base ${base.reference}@${base.digest}.`;
  const ancestor = { type: 'container', 'bom-ref': digest, name, version: digest, hashes: [sha256(hexOf(digest))] };
  return { ancestors: [ancestor], notes: `Built again on a new base by request of ${requestedBy}.${on}` };
}

function neededBy(one: BillPackage, packages: readonly BillPackage[]): readonly string[] {
  const known = new Set(packages.map(({ hash }) => hash));
  const needed = one.dependencies.filter(
    ({ hash, types }) => known.has(hash) && (types.includes('link') || types.includes('run')),
  );
  return [...new Set(needed.map(({ hash }) => hash))];
}

function externalReferences({ facts }: BillPackage): readonly object[] {
  const { url, sha256: checksum, git } = facts.source ?? {};
  return [
    ...(facts.homepage === undefined ? [] : [{ type: 'website', url: facts.homepage }]),
    ...(git === undefined ? [] : [{ type: 'vcs', url: git }]),
    ...(url === undefined ? [] : [{ type: 'source-distribution', url, hashes: checksum && [sha256(checksum)] }]),
  ];
}

function patch(digest: string): object {
  return { type: 'unofficial', diff: { url: `urn:sha256:${digest}` } };
}

function properties(one: BillPackage): readonly object[] {
  const buildTools = one.dependencies.filter(({ types }) => types.includes('build')).map(({ hash }) => hash);
  const { source } = one.facts;
  return listed({
    'spack:hash': one.hash,
    'spack:namespace': one.namespace,
    'spack:variants': one.variants,
    'spack:arch': one.architecture,
    'spack:compiler': one.compiler,
    'spack:role': one.role,
    'spack:prefix': one.prefix,
    'spack:source-commit': source?.commit,
    'spack:source-tag': source?.tag,
    'spack:build-dependencies': buildTools.join(' ') || undefined,
  });
}

function imageProperties({ image }: Bill): readonly object[] {
  const lock = `sha256:${image.locks.join()}`;
  return listed({ 'slipway:lock': lock, 'slipway:commit': image.commit, 'slipway:source': image.source });
}

function listed(values: Readonly<Record<string, string | undefined>>): readonly object[] {
  return Object.entries(values).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [{ name, value }],
  );
}

function sha256(content: string): object {
  return { alg: 'SHA-256', content };
}

/** A UUID that follows from a digest (RFC 9562, version 8). */
function uuidOf(hex: string): string {
  const variant = (8 | (Number.parseInt(hex[16] ?? '0', 16) & 3)).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20, 32),
  ].join('-');
}
