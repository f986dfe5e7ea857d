import { openapi, operations, type Operation } from '../../src/protocol/index.ts';

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly const?: string;
  readonly enum?: readonly string[];
  readonly items?: Schema | false;
  readonly prefixItems?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly required?: readonly string[];
  readonly oneOf?: readonly Schema[];
}

/** `docs/reference/rest.md`: what can be read over HTTP, from the document that every server gives of itself. */
export function restPage(): string {
  const { components } = openapi('') as { components: { schemas: Readonly<Record<string, Schema>> } };
  return [
    '# REST',
    '',
    'Made by `npm run generate` from the schemas in `src/protocol`. Everything is read with `GET` under `/api/v1`; the same as an',
    'OpenAPI 3.1 document is at `/api/v1/openapi.json` of every server. Ids are text, times UTC ISO 8601, sizes bytes. A request',
    'that is refused is answered with a [Problem](#problem); its codes are those of [errors.md](errors.md). `/healthz` says that',
    'the process is up, `/readyz` that it can work.',
    '',
    ...operations.flatMap(describe),
    '## What the answers hold',
    '',
    ...Object.entries(components.schemas).flatMap(([name, schema]) => [`### ${name}`, '', ...fields(schema), '']),
  ].join('\n');
}

function describe({ path, summary, query = [], answer = {}, mediaType }: Operation): readonly string[] {
  const parameters = query.map(({ name, description }) => `- \`?${name}=\`: ${description}`);
  const body = [...Object.keys(answer).map(link), ...(mediaType === undefined ? [] : [`\`${mediaType}\``])].join(
    ' as ',
  );
  return [
    `## \`GET /api/v1${path}\``,
    '',
    `${summary}. Answer: ${body}`,
    '',
    ...parameters,
    ...(parameters.length === 0 ? [] : ['']),
  ];
}

function fields(schema: Schema): readonly string[] {
  if (schema.oneOf !== undefined) return ['| `type` | carries |', '| --- | --- |', ...schema.oneOf.map(eventRow)];
  const rows = Object.entries(schema.properties ?? {}).map(
    ([name, property]) =>
      `| \`${name}\` | ${typeOf(property)} | ${schema.required?.includes(name) === true ? '' : 'may be absent'} |`,
  );
  return ['| key | value | |', '| --- | --- | --- |', ...rows];
}

function eventRow({ properties = {} }: Schema): string {
  const { type, ...carried } = properties;
  const parts = Object.entries(carried).map(([name, property]) => `\`${name}\`: ${typeOf(property)}`);
  return `| \`${type?.const}\` | ${parts.join(', ')} |`;
}

function typeOf(schema: Schema): string {
  if (schema.$ref !== undefined) return link(schema.$ref.replace('#/components/schemas/', ''));
  if (schema.enum !== undefined) return schema.enum.map((one) => `\`${one}\``).join(', ');
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
