import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { openapi } from './openapi.ts';
import { operations } from './operations.ts';

interface Document {
  readonly paths: Readonly<
    Record<string, { readonly get: { readonly operationId: string; readonly responses: unknown } }>
  >;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

const document = openapi('1.0.0') as unknown as Document;

test('the document has every operation once, each with a name of its own', () => {
  expect(Object.keys(document.paths)).toEqual(operations.map(({ path }) => path));
  const names = Object.values(document.paths).map(({ get }) => get.operationId);
  expect(new Set(names).size).toBe(operations.length);
  expect(names).toContain('getStackPackages');
});

test('every reference of the document leads to a schema that is one', () => {
  const ajv = new Ajv2020({ strict: false });
  ajv.addSchema({ $id: 'document', components: document.components });
  const used = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(
    (match) => match[1] as string,
  );
  expect(used.length).toBeGreaterThan(operations.length);
  for (const name of new Set(used)) {
    expect(document.components.schemas[name], name).toBeDefined();
    expect(ajv.getSchema(`document#/components/schemas/${name}`), name).toBeTypeOf('function');
  }
});
