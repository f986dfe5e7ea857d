import { readFileSync } from 'node:fs';
import { load, loadAll } from 'js-yaml';
import { describe, expect, test } from 'vitest';

const textOf = (name: string) => readFileSync(new URL(`../examples/kubernetes/${name}`, import.meta.url), 'utf8');

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly { readonly resources: readonly string[]; readonly verbs: readonly string[] }[];
}

const manifests = ['jobs.yaml', 'network-policy.yaml'].flatMap((name) => loadAll(textOf(name)) as readonly Manifest[]);
const namesOf = (kind: string) => manifests.filter((one) => one.kind === kind).map(({ metadata }) => metadata);

/** What gitlab-runner documents as needed by version 17.9 and 18.6 for the features that the values use. */
const NEEDED = {
  pods: ['create', 'delete', 'get', 'list', 'watch'],
  'pods/attach': ['create', 'delete', 'get', 'patch'],
  'pods/exec': ['create', 'delete', 'get', 'patch'],
  'pods/log': ['get', 'list'],
  secrets: ['create', 'delete', 'get', 'update'],
  services: ['create', 'get'],
  serviceaccounts: ['get'],
  events: ['list', 'watch'],
};

describe('the example for Kubernetes', () => {
  test('gives the runner the rights that gitlab-runner needs in the namespace of jobs, and no others', () => {
    const roles = manifests.filter(({ kind }) => kind.endsWith('Role'));
    expect(roles.map(({ kind, metadata }) => `${kind} ${metadata.namespace}`)).toEqual(['Role slipway-jobs']);
    const rights = (roles[0]?.rules ?? []).flatMap(({ resources, verbs }) => resources.map((name) => [name, verbs]));
    expect(Object.fromEntries(rights)).toEqual(NEEDED);
  });

  test('names namespaces and accounts that it creates', () => {
    const namespaces = namesOf('Namespace').map(({ name }) => name);
    for (const { metadata } of manifests.filter(({ kind }) => kind !== 'Namespace'))
      expect(namespaces).toContain(metadata.namespace);
    const values = load(textOf('values.yaml')) as { serviceAccount: { name: string }; runners: { config: string } };
    const accounts = namesOf('ServiceAccount').map(({ name, namespace }) => `${namespace}/${name}`);
    const setting = (key: string) => new RegExp(`^ *${key} = "(.+)"$`, 'm').exec(values.runners.config)?.[1];
    expect(accounts).toEqual([
      `slipway-runner/${values.serviceAccount.name}`,
      `${setting('namespace')}/${setting('service_account')}`,
    ]);
  });
});
