import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect, test } from 'vitest';
import { operationGroups } from '../../protocol/index.ts';
import { permissions } from '../access/permissions.ts';
import { openapi } from './openapi.ts';
import { templateOf } from './security.ts';

interface Schema {
  readonly $ref?: string;
  readonly const?: unknown;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
}

interface Body {
  readonly content?: Readonly<
    Record<string, { readonly schema: { readonly $ref?: string }; readonly example?: unknown }>
  >;
}

interface Described {
  readonly operationId: string;
  readonly requestBody?: Body;
  readonly responses: Readonly<Record<string, Body>>;
  readonly parameters: readonly { readonly name: string; readonly description?: string }[];
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

function operationsOf({ paths }: Document): readonly Described[] {
  return Object.values(paths).flatMap((methods) => Object.values(methods));
}

const document = openapi('1.0.0') as unknown as Document;

/** Routes of other interfaces: pages, GitLab's runner API, S3, git, OCI registries, and Spack's build caches. */
const others = [
  /^GET \/(?:assets|docs|stacks|pipelines|jobs|images)\/\*$/,
  /^GET \/(?:docs|runners|queue|trends|activity|settings|sign-in|favicon\.svg)?$/,
  / \/api\/v4\//,
  / \/s3/,
  /\{\[\^\/\]\+\\\.git\}/,
  / \/v2/,
  / \/mirrors\//,
  /^GET \/(?:oauth|\.well-known)\//,
];

test('the document has every route of the REST interface, and none besides', () => {
  const routes = Object.keys(permissions).filter((route) => !others.some((pattern) => pattern.test(route)));
  const described = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(described.toSorted()).toEqual(routes.map(templateOf).toSorted());
});

test('each operation has a name of its own', () => {
  const ids = Object.values(operationGroups).flatMap((group) => Object.keys(group));
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.toSorted()).toEqual(
    operationsOf(document)
      .map(({ operationId }) => operationId)
      .toSorted(),
  );
});

test('every reference of the document leads to a schema that is one', () => {
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  ajv.addSchema({ $id: 'document', components: document.components });
  const used = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(
    (match) => match[1] as string,
  );
  expect(used.length).toBeGreaterThan(100);
  for (const name of new Set(used)) {
    expect(document.components.schemas[name], name).toBeDefined();
    expect(ajv.getSchema(`document#/components/schemas/${name}`), name).toBeTypeOf('function');
  }
});

/** Properties without a description, by their paths; a reference leads to a schema that has one. */
function undescribed(schema: Schema, path: string): readonly string[] {
  const { properties = {}, items, additionalProperties, oneOf = [], anyOf = [] } = schema;
  const nested = [items, additionalProperties, ...oneOf, ...anyOf].filter((one) => typeof one === 'object');
  return [
    ...Object.entries(properties).flatMap(([name, property]) => [
      ...(isDescribed(property) ? [] : [`${path}.${name}`]),
      ...undescribed(property, `${path}.${name}`),
    ]),
    ...nested.flatMap((one) => undescribed(one, path)),
  ];
}

function isDescribed(schema: Schema): boolean {
  return schema.description !== undefined || schema.$ref !== undefined || schema.const !== undefined;
}

test('each schema, each property and each parameter has a description', () => {
  const { schemas } = document.components;
  expect(Object.keys(schemas).filter((name) => !schemas[name]?.description)).toEqual([]);
  expect(Object.entries(schemas).flatMap(([name, schema]) => undescribed(schema, name))).toEqual([]);
  const parameters = operationsOf(document).flatMap((operation) => operation.parameters);
  expect(parameters.filter(({ description }) => !description)).toEqual([]);
});

test('examples are what their schemas allow', () => {
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  ajv.addSchema({ $id: 'document', components: document.components });
  const contents = operationsOf(document).flatMap(({ requestBody, responses }) =>
    [requestBody, ...Object.values(responses)].flatMap((one) => one?.content?.['application/json'] ?? []),
  );
  const shown = contents.filter(({ example }) => example !== undefined);
  expect(shown.length).toBeGreaterThan(50);
  for (const { schema, example } of shown) {
    const validate = ajv.getSchema(`document${schema.$ref}`);
    expect([schema.$ref, validate?.(example), validate?.errors ?? []]).toEqual([schema.$ref, true, []]);
  }
});
