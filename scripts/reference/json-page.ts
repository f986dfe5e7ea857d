import * as z from 'zod';
import { jsonOutput } from '../../src/cli/json-output.ts';
import { schemaTable, type JsonSchema } from './schema-table.ts';

/** Returns `docs/reference/json-output.schema.json`: one JSON Schema (2020-12) with a definition for each command. */
export function jsonSchemas(): string {
  const document = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'What `slipway <command> --json` prints',
    $defs: Object.fromEntries(Object.entries(jsonOutput).map(([name, schema]) => [name, schemaOf(schema)])),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

/** Returns `docs/reference/json-output.md`: the keys of what each command prints. */
export function jsonPage(): string {
  return [
    '# JSON output',
    '',
    'Made by `npm run generate` from the schemas in `src/cli/json-output.ts`. With `--json` a command prints one line of JSON to',
    'standard output; `slipway run` and `slipway audit` print one line for each event or record. Later versions may add keys.',
    '[json-output.schema.json](json-output.schema.json) is a JSON Schema with a definition for each command. Errors are not',
    'JSON: they go to standard error, and the exit status is not 0.',
    ...Object.entries(jsonOutput).flatMap(([name, schema]) => section(name, schemaOf(schema))),
    '',
  ].join('\n');
}

/** Each definition stands alone, so that schemas with an id are written out. */
const withoutIds = z.registry<z.core.JSONSchemaMeta>();
withoutIds.get = (schema) => {
  const { id: _, ...meta } = z.globalRegistry.get(schema) ?? {};
  return meta;
};

function schemaOf(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    unrepresentable: 'any',
    io: 'input',
    metadata: withoutIds,
    // Later versions may print more keys; only our own tests are strict.
    override: ({ jsonSchema }) => {
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
    },
  });
  return rest as JsonSchema;
}

function section(name: string, schema: JsonSchema): readonly string[] {
  const forms = schema.anyOf ?? schema.oneOf ?? [schema];
  const tables = forms.flatMap((form) => ['', ...(formTitle(form) ?? []), ...schemaTable(form)]);
  return ['', `## \`slipway ${name}\``, ...tables];
}

/** Names one of several forms: by what is said about it, or by its event. */
function formTitle({ description, properties }: JsonSchema): readonly string[] | undefined {
  const event = properties?.['event']?.const;
  const title = description ?? (typeof event === 'string' ? `Event \`${event}\`` : undefined);
  return title === undefined ? undefined : [`${title}:`, ''];
}
