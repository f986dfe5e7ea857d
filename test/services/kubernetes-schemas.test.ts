import { readFileSync } from 'node:fs';
import { loadAll } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { manifestValidator, type ManifestValidator } from '../support/kubernetes-schemas.ts';

const validate = manifestValidator();

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
}

describe.skipIf(validate === undefined)('the example for Kubernetes', () => {
  const faultOf = validate as ManifestValidator;

  test.each(['jobs.yaml', 'network-policy.yaml'])('has manifests in %s that Kubernetes accepts', (name) => {
    const text = readFileSync(new URL(`../../examples/kubernetes/${name}`, import.meta.url), 'utf8');
    const manifests = loadAll(text) as readonly Manifest[];
    expect(manifests.map((one) => [one.kind, faultOf(one)])).toEqual(manifests.map(({ kind }) => [kind, '']));
  });

  test('is checked by schemas that refuse a misspelt key and a value of another type', () => {
    const pod = { apiVersion: 'v1', kind: 'Pod', spec: { containers: [{ name: 'job', imagePulPolicy: 'Always' }] } };
    expect(faultOf(pod)).toContain('must NOT have additional properties');
    expect(faultOf({ ...pod, spec: { containers: 'job' } } as Manifest)).toContain('must be array');
    expect(faultOf({ apiVersion: 'v2', kind: 'Pod' })).toBe('There is no Pod in v2.');
  });
});
