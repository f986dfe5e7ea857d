import { examples } from './examples.ts';

export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly const?: unknown;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly examples?: readonly unknown[];
  readonly minItems?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly prefixItems?: readonly JsonSchema[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
}

type Schemas = Readonly<Record<string, JsonSchema>>;

/**
 * Returns a value that a schema allows, with texts as they are for properties of that name. What may be absent is left
 * out below the first level, so that examples stay short.
 */
export function exampleOf(schema: JsonSchema, schemas: Schemas, name = ''): unknown {
  if (schema.$ref !== undefined) {
    const component = schema.$ref.replace('#/components/schemas/', '');
    return exampleOf(schemas[component] as JsonSchema, schemas, name);
  }
  if (schema.const !== undefined) return schema.const;
  if (schema.examples !== undefined) return schema.examples[0];
  if (schema.enum !== undefined) return schema.enum[0];
  const [choice] = schema.oneOf ?? schema.anyOf ?? [];
  if (choice !== undefined) return exampleOf(choice, schemas, name);
  if (schema.properties !== undefined) return exampleObject(schema, schemas, name !== '');
  return simpleExample(schema, schemas, name);
}

function exampleObject({ properties = {}, required = [] }: JsonSchema, schemas: Schemas, isNested: boolean): object {
  const shown = Object.entries(properties).filter(
    ([name, { $ref }]) => required.includes(name) || (!isNested && $ref === undefined),
  );
  return Object.fromEntries(shown.map(([name, property]) => [name, exampleOf(property, schemas, name)]));
}

function simpleExample(schema: JsonSchema, schemas: Schemas, name: string): unknown {
  if (schema.default !== undefined) return schema.default;
  switch (schema.type) {
    case 'array':
      if (schema.prefixItems !== undefined) return schema.prefixItems.map((item) => exampleOf(item, schemas, name));
      return [exampleOf(schema.items ?? {}, schemas, name)];
    case 'object':
      return typeof schema.additionalProperties === 'object' ? {} : { name: 'value' };
    case 'integer':
    case 'number':
      return 1;
    case 'boolean':
      return true;
    default:
      return examples[name] ?? name;
  }
}
