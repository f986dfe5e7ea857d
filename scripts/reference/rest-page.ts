import { openapi } from '../../src/server/openapi/openapi.ts';

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly description?: string;
  readonly const?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly items?: Schema | false;
  readonly prefixItems?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly required?: readonly string[];
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
}

type Content = Readonly<Record<string, { readonly schema: Schema }>>;

interface Described {
  readonly tags: readonly [string];
  readonly summary: string;
  readonly description: string;
  readonly parameters: readonly { name: string; in: string; required: boolean; description: string; schema: Schema }[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}

interface Document {
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** `docs/reference/rest.md`, from the OpenAPI document that every server publishes. */
export function restPage(): string {
  const { tags, paths, components } = openapi('') as unknown as Document;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ route: `${method.toUpperCase()} ${path}`, operation })),
  );
  return [
    '# REST',
    '',
    'Made by `npm run generate` from the schemas and the table of operations in `src/protocol`. Every server has the same as an',
    'OpenAPI 3.1 document at `/api/v1/openapi.json`. Ids are text, times UTC ISO 8601, sizes bytes. A request that is refused is',
    'answered with a [Problem](#problem); its codes are those of [errors.md](errors.md).',
    '',
    ...tags.flatMap(({ name }) => [
      `## ${name}`,
      '',
      ...operations.filter(({ operation }) => operation.tags[0] === name).flatMap(section),
    ]),
    '## Schemas',
    '',
    ...Object.entries(components.schemas).flatMap(([name, schema]) => [
      `### ${name}`,
      '',
      ...(schema.description === undefined ? [] : [schema.description, '']),
      ...fields(schema),
      '',
    ]),
  ].join('\n');
}

function section({ route, operation }: { route: string; operation: Described }): readonly string[] {
  const parameters = operation.parameters
    .filter((one) => one.in === 'query')
    .map(({ name, description, required, schema }) => {
      const standard = schema.default === undefined ? '' : ` Default: \`${JSON.stringify(schema.default)}\`.`;
      const values = schema.enum === undefined ? '' : ` One of ${typeOf(schema)}.`;
      return `- \`?${name}=\`${required ? ' (required)' : ''}: ${description}${values}${standard}`;
    });
  const statuses = Object.entries(operation.responses);
  const answers = statuses.filter(([status]) => Number(status) < 400).map(answer);
  const refusals = statuses.filter(([status]) => Number(status) >= 400).map(([status]) => `\`${status}\``);
  const body = operation.requestBody === undefined ? [] : [`- Body: ${contentOf(operation.requestBody.content)}`];
  return [
    `### \`${route}\``,
    '',
    `${operation.summary}. ${operation.description}`,
    '',
    ...parameters,
    ...body,
    `- Answer: ${answers.join('; ')}. Refusals: ${refusals.join(', ')}`,
    '',
  ];
}

function answer([status, { content }]: [string, { readonly content?: Content }]): string {
  return `\`${status}\` ${content === undefined ? 'without a body' : contentOf(content)}`;
}

function contentOf(content: Content): string {
  return Object.entries(content)
    .map(([type, { schema }]) => {
      const name = schema.$ref === undefined ? '' : typeOf(schema);
      return type === 'application/json' && name !== '' ? name : `${name === '' ? '' : `${name} as `}\`${type}\``;
    })
    .join(' or ');
}

function fields(schema: Schema): readonly string[] {
  if (schema.oneOf !== undefined) return ['| `type` | carries |', '| --- | --- |', ...schema.oneOf.map(eventRow)];
  if (schema.properties === undefined) return [typeOf(schema)];
  const rows = Object.entries(schema.properties).map(([name, property]) => {
    const isRequired = schema.required?.includes(name) === true;
    return `| \`${name}\`${isRequired ? '' : '?'} | ${typeOf(property)} | ${cell(property.description ?? '')} |`;
  });
  return ['| key | value | meaning |', '| --- | --- | --- |', ...rows];
}

function eventRow({ properties = {} }: Schema): string {
  const { type, ...carried } = properties;
  const parts = Object.entries(carried).map(([name, property]) => `\`${name}\`: ${typeOf(property)}`);
  return `| \`${type?.const}\` | ${parts.join(', ')} |`;
}

function typeOf(schema: Schema): string {
  if (schema.$ref !== undefined) return link(schema.$ref.replace('#/components/schemas/', ''));
  if (schema.enum !== undefined) return schema.enum.map((one) => `\`${one}\``).join(', ');
  if (schema.const !== undefined) return `\`${schema.const}\``;
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeOf).join(' or ');
  if (schema.prefixItems !== undefined) return `[${schema.prefixItems.map(typeOf).join(', ')}]`;
  if (schema.type === 'array') return `list of ${typeOf(schema.items || {})}`;
  if (schema.properties !== undefined) {
    return `{ ${Object.entries(schema.properties)
      .map(([name, property]) => `\`${name}\`: ${typeOf(property)}`)
      .join(', ')} }`;
  }
  if (typeof schema.additionalProperties === 'object') return `map of ${typeOf(schema.additionalProperties)}`;
  return { string: 'text', integer: 'integer', number: 'number', boolean: 'boolean' }[schema.type ?? ''] ?? 'anything';
}

function link(name: string): string {
  return `[${name}](#${name.toLowerCase()})`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
