import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import { realBill, realLock } from '../../../test/support/recorded-image.ts';
import { digestOf } from '../../oci/index.ts';
import { packagesOf } from '../plan.ts';
import { cyclonedxDocument } from './cyclonedx.ts';
import { spdxDocument } from './spdx.ts';

interface SpdxPackage {
  readonly SPDXID: string;
  readonly name: string;
  readonly licenseDeclared: string;
  readonly downloadLocation: string;
}

interface Spdx {
  readonly packages: readonly SpdxPackage[];
  readonly relationships: readonly {
    readonly spdxElementId: string;
    readonly relationshipType: string;
    readonly relatedSpdxElement: string;
  }[];
  readonly hasExtractedLicensingInfos: readonly { readonly licenseId: string }[];
}

interface CycloneDx {
  readonly components: readonly { readonly 'bom-ref': string; readonly scope?: string; readonly name: string }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

const bill = realBill();

describe('the bill of a real lock', () => {
  test('holds what the roots link and run, and apart from it what they were built with', () => {
    const at = (expected: string) => bill.packages.filter(({ role }) => role === expected);
    const hashes = packagesOf(realLock).map(({ hash }) => hash);
    expect(
      at('image')
        .map(({ hash }) => hash)
        .toSorted(),
    ).toEqual(hashes.toSorted());
    expect(at('build').map(({ name }) => name)).toContain('cmake');
    expect(at('external').every(({ prefix }) => prefix?.startsWith('/') === true)).toBe(true);
    expect(bill.packages.some(({ patches }) => patches.length > 0)).toBe(true);
  });

  test('is the same each time', () => {
    expect(JSON.stringify(spdxDocument(realBill()))).toBe(JSON.stringify(spdxDocument(bill)));
    expect(JSON.stringify(cyclonedxDocument(realBill()))).toBe(JSON.stringify(cyclonedxDocument(bill)));
  });
});

test('the bill of an image that was built again names the image that it replaces', () => {
  const base = { reference: 'debian:13-slim', digest: digestOf('the base before') };
  const digest = digestOf('the image before');
  const rebuilt = realBill({ rebaseOf: { digest, base, requestedBy: 'account:ada' } });
  const { packages, relationships } = spdxDocument(rebuilt) as Spdx;
  const [{ relatedSpdxElement: id } = { relatedSpdxElement: '' }] = relationships.filter(
    ({ relationshipType }) => relationshipType === 'VARIANT_OF',
  );
  expect(packages.find(({ SPDXID }) => SPDXID === id)).toMatchObject({
    versionInfo: digest,
    comment: `Replaced by request of account:ada, on the base debian:13-slim@${base.digest}`,
  });
  const document = cyclonedxDocument(rebuilt);
  expect(document).toMatchObject({ metadata: { component: { pedigree: { ancestors: [{ version: digest }] } } } });
  const validate = cyclonedxSchema();
  validate(document);
  expect(validate.errors).toBeNull();
});

describe('as SPDX', () => {
  const document = spdxDocument(bill) as Spdx;
  const ids = new Set(document.packages.map(({ SPDXID }) => SPDXID));

  test('names each element once, and relates only what it names', () => {
    expect(ids.size).toBe(document.packages.length);
    for (const { spdxElementId, relatedSpdxElement } of document.relationships) {
      for (const id of [spdxElementId, relatedSpdxElement])
        expect(id === 'SPDXRef-DOCUMENT' || ids.has(id), id).toBe(true);
    }
  });

  test('has each dependency of the lock among its relationships', () => {
    const related = new Set(document.relationships.map((one) => Object.values(one).join(' ')));
    const packages = new Map(document.packages.map(({ SPDXID }) => [SPDXID.slice(-32), SPDXID]));
    for (const { hash, dependencies } of bill.packages) {
      for (const { hash: other, types } of dependencies) {
        const [from, to] = [packages.get(hash), packages.get(other)];
        if (types.includes('build')) expect(related).toContain(`${to} BUILD_DEPENDENCY_OF ${from}`);
        if (types.includes('link')) expect(related).toContain(`${from} DEPENDS_ON ${to}`);
      }
    }
  });

  test('refers to a licence that SPDX does not list by a reference that it explains', () => {
    const declared = new Set(document.packages.map(({ licenseDeclared }) => licenseDeclared));
    expect([...declared].toSorted()).toEqual([
      'GPL-3.0-or-later WITH Autoconf-exception-3.0',
      'LicenseRef-Old-BSD-revised',
      'LicenseRef-custom',
      'NOASSERTION',
    ]);
    expect(document.hasExtractedLicensingInfos.map(({ licenseId }) => licenseId).toSorted()).toEqual([
      'LicenseRef-Old-BSD-revised',
      'LicenseRef-custom',
    ]);
  });
});

describe('as CycloneDX', () => {
  const document = cyclonedxDocument(bill) as CycloneDx;

  test('is what the schema of version 1.6 describes', () => {
    const validate = cyclonedxSchema();
    validate(document);
    expect(validate.errors).toBeNull();
    validate({ ...document, components: [{ type: 'library' }] });
    expect(validate.errors).not.toBeNull();
  });

  test('leaves out of run time what only builds', () => {
    const scopes = new Map(document.components.map((one) => [one['bom-ref'], one.scope]));
    for (const { hash, role } of bill.packages)
      expect(scopes.get(hash)).toBe(role === 'build' ? 'excluded' : 'required');
  });

  test('depends on nothing that it does not list', () => {
    const known = new Set(document.components.map((one) => one['bom-ref']));
    for (const { dependsOn } of document.dependencies) for (const ref of dependsOn) expect(known).toContain(ref);
  });
});

function cyclonedxSchema() {
  const folder = join(
    dirname(createRequire(import.meta.url).resolve('@cyclonedx/cyclonedx-library/package.json')),
    'res/schema',
  );
  const read = (name: string) =>
    JSON.parse(readFileSync(join(folder, `${name}.SNAPSHOT.schema.json`), 'utf8')) as object;
  const ajv = new Ajv({ strict: false, validateFormats: true });
  addFormats.default(ajv);
  for (const format of ['iri-reference', 'idn-email']) ajv.addFormat(format, /^\S+$/);
  for (const name of ['spdx', 'jsf-0.82', 'cryptography-defs'])
    ajv.addSchema(read(name), `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`);
  return ajv.compile(read('bom-1.6'));
}
