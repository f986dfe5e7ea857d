/** The parts of JSON Schema (2020-12) that Zod writes for our configurations. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

/** A Markdown table with one row for each key, nested ones as `stacks[].name` and `variables.*`. */
export function schemaTable(schema: JsonSchema): readonly string[] {
  return ['| key | meaning | value | default |', '| --- | --- | --- | --- |', ...rows(schema, '')];
}

function rows(schema: JsonSchema, prefix: string): readonly string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const key = `${prefix}${name}`;
    const isRequired = schema.required?.includes(name) === true && property.default === undefined;
    const value = property.properties === undefined ? describe(property) : 'map';
    const row = `| \`${key}\` | ${cell(property.description ?? '')} | ${cell(value)} | ${standard(property, isRequired)} |`;
    return [row, ...nested(property, key)];
  });
}

function nested(property: JsonSchema, key: string): readonly string[] {
  if (property.properties !== undefined) return rows(property, `${key}.`);
  if (property.items?.properties !== undefined) return rows(property.items, `${key}[].`);
  const values = property.additionalProperties;
  if (typeof values === 'object' && values.properties !== undefined) return rows(values, `${key}.*.`);
  return [];
}

function describe(schema: JsonSchema): string {
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return [...new Set(choices.map(describe))].join(' or ');
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.type === 'array')
    return schema.items?.properties === undefined ? `list of ${describe(schema.items ?? {})}` : 'list of maps';
  if (schema.properties !== undefined && schema.type === 'object') return `map with ${keys(schema)}`;
  if (schema.type === 'object') return `map to ${describe(asSchema(schema.additionalProperties))}`;
  return [schema.type ?? 'any value'].flat().map(plainName).join(' or ');
}

function plainName(type: string): string {
  return type === 'string' ? 'text' : type;
}

function keys(schema: JsonSchema): string {
  return Object.keys(schema.properties ?? {})
    .map((key) => `\`${key}\``)
    .join(', ');
}

function asSchema(value: JsonSchema | boolean | undefined): JsonSchema {
  return typeof value === 'object' ? value : {};
}

function standard(property: JsonSchema, isRequired: boolean): string {
  if (isRequired) return '(required)';
  if (property.default === undefined) return '';
  const text = JSON.stringify(property.default);
  return cell(`\`${text}\``);
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
