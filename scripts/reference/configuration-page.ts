import * as z from 'zod';
import type { ZodType } from 'zod';
import { schemaTable, type JsonSchema } from './schema-table.ts';

/** A file that people write, and the schema that it is read with. */
export interface ConfiguredFile {
  readonly name: string;
  readonly purpose: string;
  readonly schema: ZodType;
}

/** `docs/reference/configuration.md`: a section for each file, made from its schema. */
export function configurationPage(files: readonly ConfiguredFile[]): string {
  const sections = files.flatMap(({ name, purpose, schema }) => {
    const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' }) as JsonSchema;
    return ['', `## \`${name}\``, '', purpose, '', ...schemaTable(json)];
  });
  return [
    '# Configuration',
    '',
    'Made by `npm run generate` from the schemas that the files are read with. `[]` stands for each entry of a list, `*` for each key of a map.',
    'A key that is not listed is refused, with its line and column.',
    '',
    'These files hold no secrets. A key for a secret names its source: `{ env: NAME }` is an environment variable, `{ file: PATH }`',
    'a file, and `{ credential: NAME }` a credential of systemd (`LoadCredential=`).',
    ...sections,
    '',
  ].join('\n');
}
